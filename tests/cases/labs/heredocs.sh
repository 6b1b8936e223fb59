#!/bin/sh
# ip -batch with here-documents, a file, and lines that a loop makes.
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT

ip -batch - <<END
    netns add left
    netns add right
    # a cable between the two
    link add l0 netns left type veth peer name r0 netns right
END

for side in left right; do
    if [ "$side" = left ]; then end=l0 host=1; else end=r0 host=2; fi
    cat >"$lines" <<END
link set dev lo up
link set dev $end up
addr add 192.0.2.$host/24 dev $end
addr add 2001:db8::$host/64 \\
    dev $end nodad
END
    ip -n "$side" -batch "$lines"
done

for host in 10 11 12 13; do
    echo "route add 198.51.100.$host/32 via 192.0.2.2"
done | ip -n left -b -

ip -force -batch - <<END
link set dev nosuch up
link add kept type veth peer name other
END

ip netns exec right sh <<END
echo 1 >/proc/sys/net/ipv4/ip_forward
END
ip -n left -j -d route show
