#!/bin/sh
# Written by ipwrap 0.1.0. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh fifty_pods.sh             build it, here
#   sh fifty_pods.sh down        take away what `up` made here, in reverse, and nothing else
#   sh fifty_pods.sh state       print the path of the file where `up` notes what it made
#   sh fifty_pods.sh --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh fifty_pods.sh --sandbox -- COMMAND...   the same, and run a command there instead
set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

up() {
    # 50 pods, and a bridge that is their gateway. The pool 10.244.0.0/24 gives the first address to the gateway, and 10.244.0.2 and those behind it to the pods.
    ip link add cni0 type bridge
    made 1 dev cni0
    ip addr add 10.244.0.1/24 dev cni0
    ip link set cni0 up
    ip netns add pod1
    made 2 netns pod1
    ip -n pod1 link set lo up
    ip link add veth-pod1 type veth peer name eth0 netns pod1
    made 3 dev veth-pod1
    ip link set veth-pod1 master cni0
    ip link set veth-pod1 up
    ip -n pod1 addr add 10.244.0.2/24 dev eth0
    ip -n pod1 link set eth0 up
    ip -n pod1 route add default via 10.244.0.1
    ip netns add pod2
    made 4 netns pod2
    ip -n pod2 link set lo up
    ip link add veth-pod2 type veth peer name eth0 netns pod2
    made 5 dev veth-pod2
    ip link set veth-pod2 master cni0
    ip link set veth-pod2 up
    ip -n pod2 addr add 10.244.0.3/24 dev eth0
    ip -n pod2 link set eth0 up
    ip -n pod2 route add default via 10.244.0.1
    ip netns add pod3
    made 6 netns pod3
    ip -n pod3 link set lo up
    ip link add veth-pod3 type veth peer name eth0 netns pod3
    made 7 dev veth-pod3
    ip link set veth-pod3 master cni0
    ip link set veth-pod3 up
    ip -n pod3 addr add 10.244.0.4/24 dev eth0
    ip -n pod3 link set eth0 up
    ip -n pod3 route add default via 10.244.0.1
    ip netns add pod4
    made 8 netns pod4
    ip -n pod4 link set lo up
    ip link add veth-pod4 type veth peer name eth0 netns pod4
    made 9 dev veth-pod4
    ip link set veth-pod4 master cni0
    ip link set veth-pod4 up
    ip -n pod4 addr add 10.244.0.5/24 dev eth0
    ip -n pod4 link set eth0 up
    ip -n pod4 route add default via 10.244.0.1
    ip netns add pod5
    made 10 netns pod5
    ip -n pod5 link set lo up
    ip link add veth-pod5 type veth peer name eth0 netns pod5
    made 11 dev veth-pod5
    ip link set veth-pod5 master cni0
    ip link set veth-pod5 up
    ip -n pod5 addr add 10.244.0.6/24 dev eth0
    ip -n pod5 link set eth0 up
    ip -n pod5 route add default via 10.244.0.1
    ip netns add pod6
    made 12 netns pod6
    ip -n pod6 link set lo up
    ip link add veth-pod6 type veth peer name eth0 netns pod6
    made 13 dev veth-pod6
    ip link set veth-pod6 master cni0
    ip link set veth-pod6 up
    ip -n pod6 addr add 10.244.0.7/24 dev eth0
    ip -n pod6 link set eth0 up
    ip -n pod6 route add default via 10.244.0.1
    ip netns add pod7
    made 14 netns pod7
    ip -n pod7 link set lo up
    ip link add veth-pod7 type veth peer name eth0 netns pod7
    made 15 dev veth-pod7
    ip link set veth-pod7 master cni0
    ip link set veth-pod7 up
    ip -n pod7 addr add 10.244.0.8/24 dev eth0
    ip -n pod7 link set eth0 up
    ip -n pod7 route add default via 10.244.0.1
    ip netns add pod8
    made 16 netns pod8
    ip -n pod8 link set lo up
    ip link add veth-pod8 type veth peer name eth0 netns pod8
    made 17 dev veth-pod8
    ip link set veth-pod8 master cni0
    ip link set veth-pod8 up
    ip -n pod8 addr add 10.244.0.9/24 dev eth0
    ip -n pod8 link set eth0 up
    ip -n pod8 route add default via 10.244.0.1
    ip netns add pod9
    made 18 netns pod9
    ip -n pod9 link set lo up
    ip link add veth-pod9 type veth peer name eth0 netns pod9
    made 19 dev veth-pod9
    ip link set veth-pod9 master cni0
    ip link set veth-pod9 up
    ip -n pod9 addr add 10.244.0.10/24 dev eth0
    ip -n pod9 link set eth0 up
    ip -n pod9 route add default via 10.244.0.1
    ip netns add pod10
    made 20 netns pod10
    ip -n pod10 link set lo up
    ip link add veth-pod10 type veth peer name eth0 netns pod10
    made 21 dev veth-pod10
    ip link set veth-pod10 master cni0
    ip link set veth-pod10 up
    ip -n pod10 addr add 10.244.0.11/24 dev eth0
    ip -n pod10 link set eth0 up
    ip -n pod10 route add default via 10.244.0.1
    ip netns add pod11
    made 22 netns pod11
    ip -n pod11 link set lo up
    ip link add veth-pod11 type veth peer name eth0 netns pod11
    made 23 dev veth-pod11
    ip link set veth-pod11 master cni0
    ip link set veth-pod11 up
    ip -n pod11 addr add 10.244.0.12/24 dev eth0
    ip -n pod11 link set eth0 up
    ip -n pod11 route add default via 10.244.0.1
    ip netns add pod12
    made 24 netns pod12
    ip -n pod12 link set lo up
    ip link add veth-pod12 type veth peer name eth0 netns pod12
    made 25 dev veth-pod12
    ip link set veth-pod12 master cni0
    ip link set veth-pod12 up
    ip -n pod12 addr add 10.244.0.13/24 dev eth0
    ip -n pod12 link set eth0 up
    ip -n pod12 route add default via 10.244.0.1
    ip netns add pod13
    made 26 netns pod13
    ip -n pod13 link set lo up
    ip link add veth-pod13 type veth peer name eth0 netns pod13
    made 27 dev veth-pod13
    ip link set veth-pod13 master cni0
    ip link set veth-pod13 up
    ip -n pod13 addr add 10.244.0.14/24 dev eth0
    ip -n pod13 link set eth0 up
    ip -n pod13 route add default via 10.244.0.1
    ip netns add pod14
    made 28 netns pod14
    ip -n pod14 link set lo up
    ip link add veth-pod14 type veth peer name eth0 netns pod14
    made 29 dev veth-pod14
    ip link set veth-pod14 master cni0
    ip link set veth-pod14 up
    ip -n pod14 addr add 10.244.0.15/24 dev eth0
    ip -n pod14 link set eth0 up
    ip -n pod14 route add default via 10.244.0.1
    ip netns add pod15
    made 30 netns pod15
    ip -n pod15 link set lo up
    ip link add veth-pod15 type veth peer name eth0 netns pod15
    made 31 dev veth-pod15
    ip link set veth-pod15 master cni0
    ip link set veth-pod15 up
    ip -n pod15 addr add 10.244.0.16/24 dev eth0
    ip -n pod15 link set eth0 up
    ip -n pod15 route add default via 10.244.0.1
    ip netns add pod16
    made 32 netns pod16
    ip -n pod16 link set lo up
    ip link add veth-pod16 type veth peer name eth0 netns pod16
    made 33 dev veth-pod16
    ip link set veth-pod16 master cni0
    ip link set veth-pod16 up
    ip -n pod16 addr add 10.244.0.17/24 dev eth0
    ip -n pod16 link set eth0 up
    ip -n pod16 route add default via 10.244.0.1
    ip netns add pod17
    made 34 netns pod17
    ip -n pod17 link set lo up
    ip link add veth-pod17 type veth peer name eth0 netns pod17
    made 35 dev veth-pod17
    ip link set veth-pod17 master cni0
    ip link set veth-pod17 up
    ip -n pod17 addr add 10.244.0.18/24 dev eth0
    ip -n pod17 link set eth0 up
    ip -n pod17 route add default via 10.244.0.1
    ip netns add pod18
    made 36 netns pod18
    ip -n pod18 link set lo up
    ip link add veth-pod18 type veth peer name eth0 netns pod18
    made 37 dev veth-pod18
    ip link set veth-pod18 master cni0
    ip link set veth-pod18 up
    ip -n pod18 addr add 10.244.0.19/24 dev eth0
    ip -n pod18 link set eth0 up
    ip -n pod18 route add default via 10.244.0.1
    ip netns add pod19
    made 38 netns pod19
    ip -n pod19 link set lo up
    ip link add veth-pod19 type veth peer name eth0 netns pod19
    made 39 dev veth-pod19
    ip link set veth-pod19 master cni0
    ip link set veth-pod19 up
    ip -n pod19 addr add 10.244.0.20/24 dev eth0
    ip -n pod19 link set eth0 up
    ip -n pod19 route add default via 10.244.0.1
    ip netns add pod20
    made 40 netns pod20
    ip -n pod20 link set lo up
    ip link add veth-pod20 type veth peer name eth0 netns pod20
    made 41 dev veth-pod20
    ip link set veth-pod20 master cni0
    ip link set veth-pod20 up
    ip -n pod20 addr add 10.244.0.21/24 dev eth0
    ip -n pod20 link set eth0 up
    ip -n pod20 route add default via 10.244.0.1
    ip netns add pod21
    made 42 netns pod21
    ip -n pod21 link set lo up
    ip link add veth-pod21 type veth peer name eth0 netns pod21
    made 43 dev veth-pod21
    ip link set veth-pod21 master cni0
    ip link set veth-pod21 up
    ip -n pod21 addr add 10.244.0.22/24 dev eth0
    ip -n pod21 link set eth0 up
    ip -n pod21 route add default via 10.244.0.1
    ip netns add pod22
    made 44 netns pod22
    ip -n pod22 link set lo up
    ip link add veth-pod22 type veth peer name eth0 netns pod22
    made 45 dev veth-pod22
    ip link set veth-pod22 master cni0
    ip link set veth-pod22 up
    ip -n pod22 addr add 10.244.0.23/24 dev eth0
    ip -n pod22 link set eth0 up
    ip -n pod22 route add default via 10.244.0.1
    ip netns add pod23
    made 46 netns pod23
    ip -n pod23 link set lo up
    ip link add veth-pod23 type veth peer name eth0 netns pod23
    made 47 dev veth-pod23
    ip link set veth-pod23 master cni0
    ip link set veth-pod23 up
    ip -n pod23 addr add 10.244.0.24/24 dev eth0
    ip -n pod23 link set eth0 up
    ip -n pod23 route add default via 10.244.0.1
    ip netns add pod24
    made 48 netns pod24
    ip -n pod24 link set lo up
    ip link add veth-pod24 type veth peer name eth0 netns pod24
    made 49 dev veth-pod24
    ip link set veth-pod24 master cni0
    ip link set veth-pod24 up
    ip -n pod24 addr add 10.244.0.25/24 dev eth0
    ip -n pod24 link set eth0 up
    ip -n pod24 route add default via 10.244.0.1
    ip netns add pod25
    made 50 netns pod25
    ip -n pod25 link set lo up
    ip link add veth-pod25 type veth peer name eth0 netns pod25
    made 51 dev veth-pod25
    ip link set veth-pod25 master cni0
    ip link set veth-pod25 up
    ip -n pod25 addr add 10.244.0.26/24 dev eth0
    ip -n pod25 link set eth0 up
    ip -n pod25 route add default via 10.244.0.1
    ip netns add pod26
    made 52 netns pod26
    ip -n pod26 link set lo up
    ip link add veth-pod26 type veth peer name eth0 netns pod26
    made 53 dev veth-pod26
    ip link set veth-pod26 master cni0
    ip link set veth-pod26 up
    ip -n pod26 addr add 10.244.0.27/24 dev eth0
    ip -n pod26 link set eth0 up
    ip -n pod26 route add default via 10.244.0.1
    ip netns add pod27
    made 54 netns pod27
    ip -n pod27 link set lo up
    ip link add veth-pod27 type veth peer name eth0 netns pod27
    made 55 dev veth-pod27
    ip link set veth-pod27 master cni0
    ip link set veth-pod27 up
    ip -n pod27 addr add 10.244.0.28/24 dev eth0
    ip -n pod27 link set eth0 up
    ip -n pod27 route add default via 10.244.0.1
    ip netns add pod28
    made 56 netns pod28
    ip -n pod28 link set lo up
    ip link add veth-pod28 type veth peer name eth0 netns pod28
    made 57 dev veth-pod28
    ip link set veth-pod28 master cni0
    ip link set veth-pod28 up
    ip -n pod28 addr add 10.244.0.29/24 dev eth0
    ip -n pod28 link set eth0 up
    ip -n pod28 route add default via 10.244.0.1
    ip netns add pod29
    made 58 netns pod29
    ip -n pod29 link set lo up
    ip link add veth-pod29 type veth peer name eth0 netns pod29
    made 59 dev veth-pod29
    ip link set veth-pod29 master cni0
    ip link set veth-pod29 up
    ip -n pod29 addr add 10.244.0.30/24 dev eth0
    ip -n pod29 link set eth0 up
    ip -n pod29 route add default via 10.244.0.1
    ip netns add pod30
    made 60 netns pod30
    ip -n pod30 link set lo up
    ip link add veth-pod30 type veth peer name eth0 netns pod30
    made 61 dev veth-pod30
    ip link set veth-pod30 master cni0
    ip link set veth-pod30 up
    ip -n pod30 addr add 10.244.0.31/24 dev eth0
    ip -n pod30 link set eth0 up
    ip -n pod30 route add default via 10.244.0.1
    ip netns add pod31
    made 62 netns pod31
    ip -n pod31 link set lo up
    ip link add veth-pod31 type veth peer name eth0 netns pod31
    made 63 dev veth-pod31
    ip link set veth-pod31 master cni0
    ip link set veth-pod31 up
    ip -n pod31 addr add 10.244.0.32/24 dev eth0
    ip -n pod31 link set eth0 up
    ip -n pod31 route add default via 10.244.0.1
    ip netns add pod32
    made 64 netns pod32
    ip -n pod32 link set lo up
    ip link add veth-pod32 type veth peer name eth0 netns pod32
    made 65 dev veth-pod32
    ip link set veth-pod32 master cni0
    ip link set veth-pod32 up
    ip -n pod32 addr add 10.244.0.33/24 dev eth0
    ip -n pod32 link set eth0 up
    ip -n pod32 route add default via 10.244.0.1
    ip netns add pod33
    made 66 netns pod33
    ip -n pod33 link set lo up
    ip link add veth-pod33 type veth peer name eth0 netns pod33
    made 67 dev veth-pod33
    ip link set veth-pod33 master cni0
    ip link set veth-pod33 up
    ip -n pod33 addr add 10.244.0.34/24 dev eth0
    ip -n pod33 link set eth0 up
    ip -n pod33 route add default via 10.244.0.1
    ip netns add pod34
    made 68 netns pod34
    ip -n pod34 link set lo up
    ip link add veth-pod34 type veth peer name eth0 netns pod34
    made 69 dev veth-pod34
    ip link set veth-pod34 master cni0
    ip link set veth-pod34 up
    ip -n pod34 addr add 10.244.0.35/24 dev eth0
    ip -n pod34 link set eth0 up
    ip -n pod34 route add default via 10.244.0.1
    ip netns add pod35
    made 70 netns pod35
    ip -n pod35 link set lo up
    ip link add veth-pod35 type veth peer name eth0 netns pod35
    made 71 dev veth-pod35
    ip link set veth-pod35 master cni0
    ip link set veth-pod35 up
    ip -n pod35 addr add 10.244.0.36/24 dev eth0
    ip -n pod35 link set eth0 up
    ip -n pod35 route add default via 10.244.0.1
    ip netns add pod36
    made 72 netns pod36
    ip -n pod36 link set lo up
    ip link add veth-pod36 type veth peer name eth0 netns pod36
    made 73 dev veth-pod36
    ip link set veth-pod36 master cni0
    ip link set veth-pod36 up
    ip -n pod36 addr add 10.244.0.37/24 dev eth0
    ip -n pod36 link set eth0 up
    ip -n pod36 route add default via 10.244.0.1
    ip netns add pod37
    made 74 netns pod37
    ip -n pod37 link set lo up
    ip link add veth-pod37 type veth peer name eth0 netns pod37
    made 75 dev veth-pod37
    ip link set veth-pod37 master cni0
    ip link set veth-pod37 up
    ip -n pod37 addr add 10.244.0.38/24 dev eth0
    ip -n pod37 link set eth0 up
    ip -n pod37 route add default via 10.244.0.1
    ip netns add pod38
    made 76 netns pod38
    ip -n pod38 link set lo up
    ip link add veth-pod38 type veth peer name eth0 netns pod38
    made 77 dev veth-pod38
    ip link set veth-pod38 master cni0
    ip link set veth-pod38 up
    ip -n pod38 addr add 10.244.0.39/24 dev eth0
    ip -n pod38 link set eth0 up
    ip -n pod38 route add default via 10.244.0.1
    ip netns add pod39
    made 78 netns pod39
    ip -n pod39 link set lo up
    ip link add veth-pod39 type veth peer name eth0 netns pod39
    made 79 dev veth-pod39
    ip link set veth-pod39 master cni0
    ip link set veth-pod39 up
    ip -n pod39 addr add 10.244.0.40/24 dev eth0
    ip -n pod39 link set eth0 up
    ip -n pod39 route add default via 10.244.0.1
    ip netns add pod40
    made 80 netns pod40
    ip -n pod40 link set lo up
    ip link add veth-pod40 type veth peer name eth0 netns pod40
    made 81 dev veth-pod40
    ip link set veth-pod40 master cni0
    ip link set veth-pod40 up
    ip -n pod40 addr add 10.244.0.41/24 dev eth0
    ip -n pod40 link set eth0 up
    ip -n pod40 route add default via 10.244.0.1
    ip netns add pod41
    made 82 netns pod41
    ip -n pod41 link set lo up
    ip link add veth-pod41 type veth peer name eth0 netns pod41
    made 83 dev veth-pod41
    ip link set veth-pod41 master cni0
    ip link set veth-pod41 up
    ip -n pod41 addr add 10.244.0.42/24 dev eth0
    ip -n pod41 link set eth0 up
    ip -n pod41 route add default via 10.244.0.1
    ip netns add pod42
    made 84 netns pod42
    ip -n pod42 link set lo up
    ip link add veth-pod42 type veth peer name eth0 netns pod42
    made 85 dev veth-pod42
    ip link set veth-pod42 master cni0
    ip link set veth-pod42 up
    ip -n pod42 addr add 10.244.0.43/24 dev eth0
    ip -n pod42 link set eth0 up
    ip -n pod42 route add default via 10.244.0.1
    ip netns add pod43
    made 86 netns pod43
    ip -n pod43 link set lo up
    ip link add veth-pod43 type veth peer name eth0 netns pod43
    made 87 dev veth-pod43
    ip link set veth-pod43 master cni0
    ip link set veth-pod43 up
    ip -n pod43 addr add 10.244.0.44/24 dev eth0
    ip -n pod43 link set eth0 up
    ip -n pod43 route add default via 10.244.0.1
    ip netns add pod44
    made 88 netns pod44
    ip -n pod44 link set lo up
    ip link add veth-pod44 type veth peer name eth0 netns pod44
    made 89 dev veth-pod44
    ip link set veth-pod44 master cni0
    ip link set veth-pod44 up
    ip -n pod44 addr add 10.244.0.45/24 dev eth0
    ip -n pod44 link set eth0 up
    ip -n pod44 route add default via 10.244.0.1
    ip netns add pod45
    made 90 netns pod45
    ip -n pod45 link set lo up
    ip link add veth-pod45 type veth peer name eth0 netns pod45
    made 91 dev veth-pod45
    ip link set veth-pod45 master cni0
    ip link set veth-pod45 up
    ip -n pod45 addr add 10.244.0.46/24 dev eth0
    ip -n pod45 link set eth0 up
    ip -n pod45 route add default via 10.244.0.1
    ip netns add pod46
    made 92 netns pod46
    ip -n pod46 link set lo up
    ip link add veth-pod46 type veth peer name eth0 netns pod46
    made 93 dev veth-pod46
    ip link set veth-pod46 master cni0
    ip link set veth-pod46 up
    ip -n pod46 addr add 10.244.0.47/24 dev eth0
    ip -n pod46 link set eth0 up
    ip -n pod46 route add default via 10.244.0.1
    ip netns add pod47
    made 94 netns pod47
    ip -n pod47 link set lo up
    ip link add veth-pod47 type veth peer name eth0 netns pod47
    made 95 dev veth-pod47
    ip link set veth-pod47 master cni0
    ip link set veth-pod47 up
    ip -n pod47 addr add 10.244.0.48/24 dev eth0
    ip -n pod47 link set eth0 up
    ip -n pod47 route add default via 10.244.0.1
    ip netns add pod48
    made 96 netns pod48
    ip -n pod48 link set lo up
    ip link add veth-pod48 type veth peer name eth0 netns pod48
    made 97 dev veth-pod48
    ip link set veth-pod48 master cni0
    ip link set veth-pod48 up
    ip -n pod48 addr add 10.244.0.49/24 dev eth0
    ip -n pod48 link set eth0 up
    ip -n pod48 route add default via 10.244.0.1
    ip netns add pod49
    made 98 netns pod49
    ip -n pod49 link set lo up
    ip link add veth-pod49 type veth peer name eth0 netns pod49
    made 99 dev veth-pod49
    ip link set veth-pod49 master cni0
    ip link set veth-pod49 up
    ip -n pod49 addr add 10.244.0.50/24 dev eth0
    ip -n pod49 link set eth0 up
    ip -n pod49 route add default via 10.244.0.1
    ip netns add pod50
    made 100 netns pod50
    ip -n pod50 link set lo up
    ip link add veth-pod50 type veth peer name eth0 netns pod50
    made 101 dev veth-pod50
    ip link set veth-pod50 master cni0
    ip link set veth-pod50 up
    ip -n pod50 addr add 10.244.0.51/24 dev eth0
    ip -n pod50 link set eth0 up
    ip -n pod50 route add default via 10.244.0.1

    # Each pod reaches the one behind it, and the last one the gateway.
    ip netns exec pod1 ping -q -c 1 -W 5 10.244.0.3
    ip netns exec pod2 ping -q -c 1 -W 5 10.244.0.4
    ip netns exec pod3 ping -q -c 1 -W 5 10.244.0.5
    ip netns exec pod4 ping -q -c 1 -W 5 10.244.0.6
    ip netns exec pod5 ping -q -c 1 -W 5 10.244.0.7
    ip netns exec pod6 ping -q -c 1 -W 5 10.244.0.8
    ip netns exec pod7 ping -q -c 1 -W 5 10.244.0.9
    ip netns exec pod8 ping -q -c 1 -W 5 10.244.0.10
    ip netns exec pod9 ping -q -c 1 -W 5 10.244.0.11
    ip netns exec pod10 ping -q -c 1 -W 5 10.244.0.12
    ip netns exec pod11 ping -q -c 1 -W 5 10.244.0.13
    ip netns exec pod12 ping -q -c 1 -W 5 10.244.0.14
    ip netns exec pod13 ping -q -c 1 -W 5 10.244.0.15
    ip netns exec pod14 ping -q -c 1 -W 5 10.244.0.16
    ip netns exec pod15 ping -q -c 1 -W 5 10.244.0.17
    ip netns exec pod16 ping -q -c 1 -W 5 10.244.0.18
    ip netns exec pod17 ping -q -c 1 -W 5 10.244.0.19
    ip netns exec pod18 ping -q -c 1 -W 5 10.244.0.20
    ip netns exec pod19 ping -q -c 1 -W 5 10.244.0.21
    ip netns exec pod20 ping -q -c 1 -W 5 10.244.0.22
    ip netns exec pod21 ping -q -c 1 -W 5 10.244.0.23
    ip netns exec pod22 ping -q -c 1 -W 5 10.244.0.24
    ip netns exec pod23 ping -q -c 1 -W 5 10.244.0.25
    ip netns exec pod24 ping -q -c 1 -W 5 10.244.0.26
    ip netns exec pod25 ping -q -c 1 -W 5 10.244.0.27
    ip netns exec pod26 ping -q -c 1 -W 5 10.244.0.28
    ip netns exec pod27 ping -q -c 1 -W 5 10.244.0.29
    ip netns exec pod28 ping -q -c 1 -W 5 10.244.0.30
    ip netns exec pod29 ping -q -c 1 -W 5 10.244.0.31
    ip netns exec pod30 ping -q -c 1 -W 5 10.244.0.32
    ip netns exec pod31 ping -q -c 1 -W 5 10.244.0.33
    ip netns exec pod32 ping -q -c 1 -W 5 10.244.0.34
    ip netns exec pod33 ping -q -c 1 -W 5 10.244.0.35
    ip netns exec pod34 ping -q -c 1 -W 5 10.244.0.36
    ip netns exec pod35 ping -q -c 1 -W 5 10.244.0.37
    ip netns exec pod36 ping -q -c 1 -W 5 10.244.0.38
    ip netns exec pod37 ping -q -c 1 -W 5 10.244.0.39
    ip netns exec pod38 ping -q -c 1 -W 5 10.244.0.40
    ip netns exec pod39 ping -q -c 1 -W 5 10.244.0.41
    ip netns exec pod40 ping -q -c 1 -W 5 10.244.0.42
    ip netns exec pod41 ping -q -c 1 -W 5 10.244.0.43
    ip netns exec pod42 ping -q -c 1 -W 5 10.244.0.44
    ip netns exec pod43 ping -q -c 1 -W 5 10.244.0.45
    ip netns exec pod44 ping -q -c 1 -W 5 10.244.0.46
    ip netns exec pod45 ping -q -c 1 -W 5 10.244.0.47
    ip netns exec pod46 ping -q -c 1 -W 5 10.244.0.48
    ip netns exec pod47 ping -q -c 1 -W 5 10.244.0.49
    ip netns exec pod48 ping -q -c 1 -W 5 10.244.0.50
    ip netns exec pod49 ping -q -c 1 -W 5 10.244.0.51
    ip netns exec pod50 ping -q -c 1 -W 5 10.244.0.1
}

down() {
    ours 101 dev veth-pod50 && undo 101 ip link del veth-pod50
    ours 99 dev veth-pod49 && undo 99 ip link del veth-pod49
    ours 97 dev veth-pod48 && undo 97 ip link del veth-pod48
    ours 95 dev veth-pod47 && undo 95 ip link del veth-pod47
    ours 93 dev veth-pod46 && undo 93 ip link del veth-pod46
    ours 91 dev veth-pod45 && undo 91 ip link del veth-pod45
    ours 89 dev veth-pod44 && undo 89 ip link del veth-pod44
    ours 87 dev veth-pod43 && undo 87 ip link del veth-pod43
    ours 85 dev veth-pod42 && undo 85 ip link del veth-pod42
    ours 83 dev veth-pod41 && undo 83 ip link del veth-pod41
    ours 81 dev veth-pod40 && undo 81 ip link del veth-pod40
    ours 79 dev veth-pod39 && undo 79 ip link del veth-pod39
    ours 77 dev veth-pod38 && undo 77 ip link del veth-pod38
    ours 75 dev veth-pod37 && undo 75 ip link del veth-pod37
    ours 73 dev veth-pod36 && undo 73 ip link del veth-pod36
    ours 71 dev veth-pod35 && undo 71 ip link del veth-pod35
    ours 69 dev veth-pod34 && undo 69 ip link del veth-pod34
    ours 67 dev veth-pod33 && undo 67 ip link del veth-pod33
    ours 65 dev veth-pod32 && undo 65 ip link del veth-pod32
    ours 63 dev veth-pod31 && undo 63 ip link del veth-pod31
    ours 61 dev veth-pod30 && undo 61 ip link del veth-pod30
    ours 59 dev veth-pod29 && undo 59 ip link del veth-pod29
    ours 57 dev veth-pod28 && undo 57 ip link del veth-pod28
    ours 55 dev veth-pod27 && undo 55 ip link del veth-pod27
    ours 53 dev veth-pod26 && undo 53 ip link del veth-pod26
    ours 51 dev veth-pod25 && undo 51 ip link del veth-pod25
    ours 49 dev veth-pod24 && undo 49 ip link del veth-pod24
    ours 47 dev veth-pod23 && undo 47 ip link del veth-pod23
    ours 45 dev veth-pod22 && undo 45 ip link del veth-pod22
    ours 43 dev veth-pod21 && undo 43 ip link del veth-pod21
    ours 41 dev veth-pod20 && undo 41 ip link del veth-pod20
    ours 39 dev veth-pod19 && undo 39 ip link del veth-pod19
    ours 37 dev veth-pod18 && undo 37 ip link del veth-pod18
    ours 35 dev veth-pod17 && undo 35 ip link del veth-pod17
    ours 33 dev veth-pod16 && undo 33 ip link del veth-pod16
    ours 31 dev veth-pod15 && undo 31 ip link del veth-pod15
    ours 29 dev veth-pod14 && undo 29 ip link del veth-pod14
    ours 27 dev veth-pod13 && undo 27 ip link del veth-pod13
    ours 25 dev veth-pod12 && undo 25 ip link del veth-pod12
    ours 23 dev veth-pod11 && undo 23 ip link del veth-pod11
    ours 21 dev veth-pod10 && undo 21 ip link del veth-pod10
    ours 19 dev veth-pod9 && undo 19 ip link del veth-pod9
    ours 17 dev veth-pod8 && undo 17 ip link del veth-pod8
    ours 15 dev veth-pod7 && undo 15 ip link del veth-pod7
    ours 13 dev veth-pod6 && undo 13 ip link del veth-pod6
    ours 11 dev veth-pod5 && undo 11 ip link del veth-pod5
    ours 9 dev veth-pod4 && undo 9 ip link del veth-pod4
    ours 7 dev veth-pod3 && undo 7 ip link del veth-pod3
    ours 5 dev veth-pod2 && undo 5 ip link del veth-pod2
    ours 3 dev veth-pod1 && undo 3 ip link del veth-pod1
    ours 1 dev cni0 && undo 1 ip link del cni0
    ours 100 netns pod50 && vacate pod50 && undo 100 ip netns del pod50
    ours 98 netns pod49 && vacate pod49 && undo 98 ip netns del pod49
    ours 96 netns pod48 && vacate pod48 && undo 96 ip netns del pod48
    ours 94 netns pod47 && vacate pod47 && undo 94 ip netns del pod47
    ours 92 netns pod46 && vacate pod46 && undo 92 ip netns del pod46
    ours 90 netns pod45 && vacate pod45 && undo 90 ip netns del pod45
    ours 88 netns pod44 && vacate pod44 && undo 88 ip netns del pod44
    ours 86 netns pod43 && vacate pod43 && undo 86 ip netns del pod43
    ours 84 netns pod42 && vacate pod42 && undo 84 ip netns del pod42
    ours 82 netns pod41 && vacate pod41 && undo 82 ip netns del pod41
    ours 80 netns pod40 && vacate pod40 && undo 80 ip netns del pod40
    ours 78 netns pod39 && vacate pod39 && undo 78 ip netns del pod39
    ours 76 netns pod38 && vacate pod38 && undo 76 ip netns del pod38
    ours 74 netns pod37 && vacate pod37 && undo 74 ip netns del pod37
    ours 72 netns pod36 && vacate pod36 && undo 72 ip netns del pod36
    ours 70 netns pod35 && vacate pod35 && undo 70 ip netns del pod35
    ours 68 netns pod34 && vacate pod34 && undo 68 ip netns del pod34
    ours 66 netns pod33 && vacate pod33 && undo 66 ip netns del pod33
    ours 64 netns pod32 && vacate pod32 && undo 64 ip netns del pod32
    ours 62 netns pod31 && vacate pod31 && undo 62 ip netns del pod31
    ours 60 netns pod30 && vacate pod30 && undo 60 ip netns del pod30
    ours 58 netns pod29 && vacate pod29 && undo 58 ip netns del pod29
    ours 56 netns pod28 && vacate pod28 && undo 56 ip netns del pod28
    ours 54 netns pod27 && vacate pod27 && undo 54 ip netns del pod27
    ours 52 netns pod26 && vacate pod26 && undo 52 ip netns del pod26
    ours 50 netns pod25 && vacate pod25 && undo 50 ip netns del pod25
    ours 48 netns pod24 && vacate pod24 && undo 48 ip netns del pod24
    ours 46 netns pod23 && vacate pod23 && undo 46 ip netns del pod23
    ours 44 netns pod22 && vacate pod22 && undo 44 ip netns del pod22
    ours 42 netns pod21 && vacate pod21 && undo 42 ip netns del pod21
    ours 40 netns pod20 && vacate pod20 && undo 40 ip netns del pod20
    ours 38 netns pod19 && vacate pod19 && undo 38 ip netns del pod19
    ours 36 netns pod18 && vacate pod18 && undo 36 ip netns del pod18
    ours 34 netns pod17 && vacate pod17 && undo 34 ip netns del pod17
    ours 32 netns pod16 && vacate pod16 && undo 32 ip netns del pod16
    ours 30 netns pod15 && vacate pod15 && undo 30 ip netns del pod15
    ours 28 netns pod14 && vacate pod14 && undo 28 ip netns del pod14
    ours 26 netns pod13 && vacate pod13 && undo 26 ip netns del pod13
    ours 24 netns pod12 && vacate pod12 && undo 24 ip netns del pod12
    ours 22 netns pod11 && vacate pod11 && undo 22 ip netns del pod11
    ours 20 netns pod10 && vacate pod10 && undo 20 ip netns del pod10
    ours 18 netns pod9 && vacate pod9 && undo 18 ip netns del pod9
    ours 16 netns pod8 && vacate pod8 && undo 16 ip netns del pod8
    ours 14 netns pod7 && vacate pod7 && undo 14 ip netns del pod7
    ours 12 netns pod6 && vacate pod6 && undo 12 ip netns del pod6
    ours 10 netns pod5 && vacate pod5 && undo 10 ip netns del pod5
    ours 8 netns pod4 && vacate pod4 && undo 8 ip netns del pod4
    ours 6 netns pod3 && vacate pod3 && undo 6 ip netns del pod3
    ours 4 netns pod2 && vacate pod2 && undo 4 ip netns del pod2
    ours 2 netns pod1 && vacate pod1 && undo 2 ip netns del pod1
}

# ---- The rest counts the commands, notes what they make, and serves the words of the usage.

nl='
'
number=0

ip() {
    step "ip $*"
    command ip "$@"
}

step() {
    number=$((number + 1))
    line=$*
}

# Note a new object with its identity.
made() {
    mark=$1
    shift
    identify "$@"
    if [ ! -e "$state" ]; then echo "$boot" >"$state"; fi
    echo "$mark $id" >>"$state"
}

# Note that an object is gone.
gone() {
    echo "$1 gone" >>"$state"
}

# A namespace is known by its inode and the time of its making, a link by its index.
identify() {
    id=here
    netns=
    if [ "${1:-}" = netns ]; then
        netns=$2
        id=$(stat -L -c %i.%Z "/var/run/netns/$netns") || return
        shift 2
    fi
    if [ "${1:-}" = dev ]; then
        link=$(command ip ${netns:+-n "$netns"} -o link show dev "$2") || return
        id=$id/${link%%:*}
    fi
}

# Tell whether an object is the one that `up` made.
ours() {
    mark=$1
    shift
    case $notes in
        *"$nl$mark gone$nl"*) return 1 ;;
        *"$nl$mark "*) ;;
        *) return 1 ;;
    esac
    if identify "$@" 2>/dev/null; then
        case $notes in
            *"$nl$mark $id$nl"*)
                standing=yes
                [ "$task" = down ]
                return
                ;;
        esac
    fi
    if [ "$task" = down ]; then
        say "$* is gone, or is not the one that this script made: left alone"
        gone "$mark"
        failed=1
    fi
    return 1
}

undo() {
    mark=$1
    shift
    if "$@"; then
        gone "$mark"
    else
        failed=1
        left=yes
    fi
}

# Say something, in characters that are safe on a terminal.
say() {
    printf '%s: %s' "$script" "$*" | tr -c '[:print:]' '?' >&2
    echo >&2
}

# Find the state file: for this script, in this network namespace.
locate() {
    script="sh $0"
    if [ ! -r "$0" ]; then script="this script"; fi
    if [ -w /run ]; then
        folder=/run/ipwrap-up
    elif [ -w "${XDG_RUNTIME_DIR:-}" ]; then
        folder=$XDG_RUNTIME_DIR/ipwrap-up
    else
        folder=${HOME:?has to be set, for the state file}/.local/state/ipwrap-up
    fi
    state=$folder/94a62f09c3ee-$(stat -L -c %i /proc/self/ns/net)
    read -r boot </proc/sys/kernel/random/boot_id
}

# Read the state file, unless it is of an earlier boot.
recall() {
    if [ ! -e "$state" ]; then return 1; fi
    notes=$nl$(cat "$state")$nl
    case $notes in
        "$nl$boot$nl"*) ;;
        *) return 1 ;;
    esac
    standing=
    left=
    failed=0
}

build() {
    locate
    if recall; then
        down || :
        if [ -n "$standing" ]; then
            say "it stands already, as a whole or in part: first $script down"
            exit 1
        fi
    fi
    rm -f "$state"
    mkdir -p "$folder"
    number=0
    line='none was run'
    trap stopped EXIT
    trap 'exit 130' HUP INT TERM
    if [ "$task" = up ]; then export IPWRAP_UP="$state"; fi
    up
    trap - EXIT HUP INT TERM
}

# Say where `up` stopped, and what to do.
stopped() {
    status=$?
    trap - EXIT
    say "up stopped with status $status at command $number of 453: $line"
    if [ "$task" != up ]; then
        :
    elif [ -e "$state" ]; then
        say "what it made is noted in $state: $script down takes away that, and nothing else"
    else
        say "it has made nothing that down would have to take away"
    fi
    exit "$status"
}

take_away() {
    locate
    if ! recall; then
        rm -f "$state"
        say "nothing to take away: up has made nothing here since the last boot, or down was here"
        return
    fi
    down || :
    if [ -n "$left" ]; then
        say "not all could be taken away: $state notes the rest, for another down"
    else
        rm -f "$state"
    fi
    return "$failed"
}

# Try a command until it succeeds, at most so many seconds.
within() {
    read -r now _ </proc/uptime
    deadline=$((${now%.*} + $1 + ($1 > 0)))
    shift
    until "$@"; do
        read -r now _ </proc/uptime
        if [ "${now%.*}" -ge "$deadline" ]; then return 1; fi
        sleep 0.1
    done
}

# Print the pids of the processes in a namespace, but for the workers of ipwrap, which leave one
# that is deleted.
inhabitants() {
    for inhabitant in $(command ip netns pids "$1" 2>/dev/null); do
        parent=$(sed -n '$s/.*) . \([0-9]*\) .*/\1/p' "/proc/$inhabitant/stat" 2>/dev/null) || :
        case $(words_of "$parent") in
            *"/ipwrap/executors/spawner_main.py "*) ;;
            *) echo "$inhabitant" ;;
        esac
    done
}

# Print the command line of a process, with a blank behind each word.
words_of() {
    tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" || :
}

# Print the pids of those processes in a namespace that `up` has started.
own_inhabitants() {
    for own_pid in $(inhabitants "$1"); do
        variables=$(tr '\0' '\n' 2>/dev/null <"/proc/$own_pid/environ" || :)
        case $nl$variables$nl in *"${nl}IPWRAP_UP=$state$nl"*) echo "$own_pid" ;; esac
    done
}

has_no_own() {
    [ -z "$(own_inhabitants "$1")" ]
}

is_vacant() {
    [ -z "$(inhabitants "$1")" ]
}

# Tell whether a namespace may be deleted, because no process is left in it. Those that `up` has
# started are ended: SIGTERM, and SIGKILL after 3 seconds. The others are named.
vacate() {
    for signal in TERM KILL; do
        for pid in $(own_inhabitants "$1"); do kill "-$signal" "$pid" 2>/dev/null || :; done
        has_no_own "$1" || within 3 has_no_own "$1" || :
    done
    if is_vacant "$1" || within 1 is_vacant "$1"; then return 0; fi
    for pid in $(inhabitants "$1"); do
        words=$(words_of "$pid" | cut -c -200)
        say "$1: process $pid still runs in it: ${words% }"
    done
    say "$1 is left as it is: end what runs in it, then $script down"
    failed=1
    left=yes
    return 1
}

sandbox() {
    if [ ! -r "$0" ]; then
        echo "--sandbox needs the script as a file: sh FILE --sandbox" >&2
        exit 2
    fi
    user=--map-root-user
    # Root without CAP_SYS_ADMIN, as in a container, needs a user namespace as others do.
    if [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then user=; fi
    exec unshare $user --net --mount --pid --fork --mount-proc --kill-child sh "$0" --inside "$@"
}

inside() {
    mount -t tmpfs -o mode=755 tmpfs "$(readlink -f /var/run)"
    mount -t sysfs sysfs /sys
    ip link set dev lo up
    build >&2 </dev/null
    if [ "$#" = 0 ]; then set -- "${SHELL:-/bin/sh}"; fi
    "$@"
}

usage() {
    echo "usage: sh $0 [up | down | state | --sandbox [-- COMMAND...]]" >&2
    exit 2
}

task=${1:-up}
if [ "$#" -gt 0 ]; then shift; fi
if [ "$task" = --sandbox ] && [ "${1:-}" = -- ]; then
    shift
elif [ "$#" -gt 0 ] && [ "$task" != --inside ]; then
    usage
fi
case $task in
    up) build </dev/null ;;
    down) take_away ;;
    state)
        locate
        echo "$state"
        ;;
    --sandbox) sandbox "$@" ;;
    --inside) inside "$@" ;;
    *) usage ;;
esac
