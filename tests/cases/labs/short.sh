#!/bin/bash
# As short as can be, by sudo, by absolute paths, with an environment and a PATH of its own.
sudo ip net a n1
sudo -E ip net a n2
sudo ip l a a0 type veth peer name b0
sudo -n -- ip l s b0 netns n1
sudo ip l s a0 up
sudo ip l a c0 type veth peer c1
sudo ip net e n1 ip l s b0 up
sudo ip net e n1 ip a a 203.0.113.2/24 dev b0
sudo bash -c 'ip l a br0 type bridge && ip l s c0 master br0'
sudo /sbin/ip a a 203.0.113.1/24 dev a0
env -i /usr/bin/env ip r a 198.51.100.0/24 via 203.0.113.2
PATH=/usr/sbin:/usr/bin:/sbin:/bin
ip -n n1 l s b0 name eth0
ip -n n1 r r default via 203.0.113.1
ip -n n1 n a 203.0.113.9 lladdr 02:00:00:00:00:09 dev eth0
ip l s br0 up
ip l sh br0 >/dev/null
