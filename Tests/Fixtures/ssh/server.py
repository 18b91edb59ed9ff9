"""server.py CONFIGURATION DIRECTORY: an ssh server on the loopback interface, with faults.

Each connection gets an sshd of its own. The port, which the kernel chooses, is written to
DIRECTORY/port. If DIRECTORY/fault exists when a connection begins, it has two words: what happens
after that many bytes from the client.

  cut N    both directions are closed
  stall N  nothing is passed on any more
"""
import os
import socket
import subprocess
import sys
import threading

configuration, directory = sys.argv[1:]


def fault():
    try:
        with open(os.path.join(directory, 'fault')) as file:
            kind, count = file.read().split()
            return kind, int(count)
    except (FileNotFoundError, ValueError):
        return None, 0


def close(*sockets):
    for one in sockets:
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Connection:
    """Passes bytes between a client and its sshd until the fault comes."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.kind, self.rest = fault()
        self.broken = self.kind is not None and self.rest <= 0

    def pass_on(self, source, target):
        try:
            while data := source.recv(65536):
                if source is self.client and self.kind is not None:
                    data = data[:self.rest]
                    self.rest -= len(data)
                if not (self.broken and self.kind == 'stall'):
                    target.sendall(data)
                self.broken = self.broken or (self.kind is not None and self.rest <= 0)
                if self.broken and self.kind == 'cut':
                    break
        except OSError:
            pass
        close(source, target)


def serve(client):
    ours, theirs = socket.socketpair()
    server = subprocess.Popen(
        ['/usr/sbin/sshd', '-i', '-e', '-f', configuration], stdin=theirs, stdout=theirs,
        stderr=open(os.path.join(directory, 'log'), 'a'))
    theirs.close()
    connection = Connection(client, ours)
    threads = [threading.Thread(target=connection.pass_on, args=ends)
               for ends in ((client, ours), (ours, client))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.close()
    ours.close()
    server.wait()


listener = socket.create_server(('127.0.0.1', 0))
name = os.path.join(directory, 'port')
with open(name + '.new', 'w') as file:
    file.write(str(listener.getsockname()[1]))
os.rename(name + '.new', name)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
