"""Five pods on a bridge with ipwrap: each serves pages, and each fetches from all."""

from ipwrap import Session, until

SERVE = """\
import http.server, socketserver
socketserver.TCPServer(("", 8000), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
FETCH = "import sys, urllib.request as r; [r.urlopen(url).read() for url in sys.argv[1:]]"

with Session(sandbox=True) as session:
    pods = session.pods(5, bridge="cni0", subnet="10.244.0.0/24")
    urls = [f"http://10.244.0.{host}:8000" for host in range(2, 7)]

    servers = [pod.spawn("python3", "-c", SERVE, ready=until.listening(8000)) for pod in pods]
    for pod in pods:
        pod.exec("python3", "-c", FETCH, *urls)
    print(sum(server.stderr.count(" 200 ") for server in servers), "pages")
