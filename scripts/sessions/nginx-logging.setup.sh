# Run inside the sandbox before the recording: nginx in front of a small application.
apt-get update -q >/dev/null; DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends nginx-light >/dev/null 2>&1
mkdir -p /opt/app
cat > /opt/app/app.py <<'PY'
import http.server, time


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.2 if self.path.startswith("/slow") else 0)
        self.send_response(404 if self.path.startswith("/missing") else 200)
        self.end_headers()
        self.wfile.write(b"hello\n")

    def log_message(self, *args):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", 9000), Handler).serve_forever()
PY
setsid -f python3 /opt/app/app.py >/dev/null 2>&1 </dev/null
cat > /etc/nginx/sites-available/default <<'CONF'
server {
    listen 127.0.0.1:80 default_server;
    location / {
        proxy_pass http://127.0.0.1:9000;
    }
    location = /healthz {
        proxy_pass http://127.0.0.1:9000;
    }
}
CONF
service nginx start
useradd --system --groups adm collector
