"""A bucket of a resilient group of next hops: `ip nexthop bucket`."""

from collections.abc import Iterator

from ipwrap.objects.base import Json, ObjectType
from ipwrap.objects.comparison import Item
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["BucketObject"]


class BucketObject(ObjectType):
    """A bucket, which the kernel fills."""

    noun = "bucket"
    path = ("ip", "nexthop", "bucket")
    listings = ("nexthop bucket",)

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare a bucket by index only."""
        # The kernel assigns buckets to next hops: nh_res_table_upkeep() in net/ipv4/nexthop.c.
        bucket = data.get("bucket") or {}
        nexthop_id = data.get("id", "?")
        index = bucket.get("index", "?")
        yield (str(nexthop_id), str(index)), {}
