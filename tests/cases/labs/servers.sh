#!/bin/bash
# A server in the background for one client, one that kill ends, one that SIGKILL ends, and one that goes on.
python=$(command -v python3)
serve='import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    server.accept()[0].recv(2)
    if sys.argv[2] == "once":
        break
'
fetch='import socket, sys
socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=60).sendall(b"hi")
'

ip netns add red
ip -n red link set lo up
ip netns exec red "$python" -c "$serve" 7001 once >/dev/null &
until ip netns exec red ss -Hltn 'sport = :7001' | grep -q .; do sleep 0.1; done
ip netns exec red "$python" -c "$fetch" 7001
wait

ip netns exec red "$python" -c "$serve" 7002 always &
until ip netns exec red ss -Hltn 'sport = :7002' | grep -q .; do sleep 0.1; done
ip netns exec red "$python" -c "$fetch" 7002
kill %%
wait

ip link add v0 type veth peer name v1 netns red
ip netns exec red sleep 1000 &
server=$!
sleep 0.2
kill -9 "$server"
wait "$server" || true
ip -n red link delete v1
until ! ip link show v0 2>/dev/null; do sleep 0.1; done

ip netns exec red nosuchprogram || true
timeout 0.5 ip netns exec red sleep 1000 || true
ip netns exec red sleep 1000 &
ip link add w0 type veth peer name w1
