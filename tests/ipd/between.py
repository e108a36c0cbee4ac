"""What may stand between muster and an ipd: a server that shows only what an original has, or a line that loses
answers, or one that takes an upload by small pieces."""

import http.client
import http.server
import json
import re
import socket
import threading
import time


class Between:
    """Hands on every request and its answer, as they are."""

    def __init__(self, behind):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def forward(self):
                outer.answer(self, outer.body_of(self))

            do_GET = do_POST = do_DELETE = forward

            def log_message(self, *_):
                pass

        self.behind = behind
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_port

    def body_of(self, request):
        return request.rfile.read(int(request.headers.get('Content-Length', 0)))

    def ask(self, method, path, body, headers):
        connection = http.client.HTTPConnection('127.0.0.1', self.behind, timeout=60)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, text, answer.headers

    def answer(self, request, body):
        headers = {name: value for name, value in request.headers.items() if name not in ('Host', 'Connection')}
        status, text, answered = self.ask(request.command, request.path, body, headers)
        self.send(request, status, text, {name: answered[name] for name in answered if name.startswith('Ipd-')})

    @staticmethod
    def send(request, status, text, headers):
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header('Content-Length', str(len(text)))
        request.end_headers()
        request.wfile.write(text)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class AsOriginal(Between):
    """Lets through what an original IPD has, and tells no more than it does."""

    forgets = False  # as one that was started anew, until something is uploaded
    forgotten = 0  # deployments that it had begun before it was started anew
    is_first = False  # of a project that has never run nothing is known while it waits

    def answer(self, request, body):
        known = re.match(r'/deploy(/(list|stat|upload|info/.*|status/.*))?$', request.path)
        if not known:
            return self.send(request, 404, b'<html>Not Found</html>', {})
        if self.forgets and request.command == 'GET':
            return self.send(request, 200, b'' if request.path.endswith('/list') else b'no', {})
        headers = {name: request.headers[name] for name in ('Authorization', 'Content-Type') if request.headers[name]}
        if request.command == 'POST' and self.forgets:
            self.forgets = False
            told = self.ask('GET', '/deploy/info/web', None, headers)[1]
            self.forgotten = json.loads(told)['start_count'] if told.startswith(b'{') else 0
        status, text, _ = self.ask(request.command, request.path, body, headers)
        if request.path.startswith('/deploy/info/') and text.startswith(b'{'):
            whole = json.loads(text)
            if self.forgotten:
                whole['start_count'] -= self.forgotten
                whole['start'] += 1
            if self.is_first and not whole['start_count']:
                return self.send(request, 200, b'no', {})
            text = json.dumps({name: whole[name] for name in ('start', 'start_count', 'processed', 'state')}).encode()
        return self.send(request, status, text, {})


class LosesAnAnswer(Between):
    """The next upload that is accepted runs to its end, and nobody is told."""

    loses = False

    def answer(self, request, body):
        if not (self.loses and request.path == '/deploy/upload'):
            return super().answer(request, body)
        status, text, headers = self.ask(request.command, request.path, body, dict(request.headers.items()))
        if status != 200:
            return self.send(request, status, text, {name: headers[name] for name in headers if name.startswith('Ipd-')})
        self.loses = False
        told = {'Authorization': request.headers['Authorization']}
        while self.ask('GET', '/deploy/status/web/' + text.decode(), None, told)[1] in (b'await', b'active'):
            time.sleep(0.02)
        request.close_connection = True
        return None


class SlowLine(Between):
    """Of each request it takes no more than so many bytes, by small pieces, until the test lets more through."""

    PIECE = 4096

    def __init__(self, behind):
        super().__init__(behind)
        # What the system holds of an upload counts as sent: it shall be little.
        self.server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
        self.server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
        self.most = 1 << 14
        self.changed = threading.Condition()

    def let_through(self, most):
        with self.changed:
            self.most = most
            self.changed.notify_all()

    def body_of(self, request):
        length = int(request.headers.get('Content-Length', 0))
        pieces = []
        taken = 0
        while taken < length:
            with self.changed:
                self.changed.wait_for(lambda: taken < self.most)
            pieces.append(request.rfile.read(min(self.PIECE, length - taken)))
            if not pieces[-1]:
                break
            taken += len(pieces[-1])
        return b''.join(pieces)

    def close(self):
        self.let_through(float('inf'))
        super().close()
