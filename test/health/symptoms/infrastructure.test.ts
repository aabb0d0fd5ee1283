import { describe, expect, test } from 'vitest'
import { readAction } from '../../../src/health/symptoms/action.ts'
import { isInfrastructure } from '../../../src/health/symptoms/infrastructure.ts'

describe('an outage', () => {
  test.each([
    // Python
    'urllib3.exceptions.NewConnectionError: <HTTPSConnection>: Failed to establish a new connection: [Errno -2] Name or service not known',
    "requests.exceptions.ReadTimeout: HTTPSConnectionPool(host='pypi.org', port=443): Read timed out. (read timeout=15)",
    'requests.exceptions.HTTPError: 502 Server Error: Bad Gateway for url: https://api.example.com/',
    'socket.gaierror: [Errno -3] Temporary failure in name resolution',
    'OSError: [Errno 101] Network is unreachable',
    'ConnectionResetError: [Errno 104] Connection reset by peer',
    // Node
    'Error: getaddrinfo ENOTFOUND registry.npmjs.org',
    'npm ERR! code EAI_AGAIN',
    'npm ERR! network request to https://registry.npmjs.org/x failed, reason: connect ETIMEDOUT 104.16.1.35:443',
    'FetchError: request failed, reason: read ECONNRESET',
    'Error: connect EHOSTUNREACH 10.0.0.1:443',
    'Error: socket hang up',
    // Go
    'go: example.com/x: Get "https://proxy.golang.org/x": dial tcp: lookup proxy.golang.org on 1.1.1.1:53: no such host',
    'Get "https://proxy.golang.org/x": dial tcp 142.250.1.1:443: i/o timeout',
    'net/http: TLS handshake timeout',
    // Rust
    "error: failed to download from `https://index.crates.io/`: [6] Couldn't resolve host name (Could not resolve host: index.crates.io)",
    'warning: spurious network error (3 tries remaining): [28] Timeout was reached',
    'error sending request: dns error: failed to lookup address information',
    // Java
    'java.net.UnknownHostException: repo.maven.apache.org',
    'java.net.SocketTimeoutException: Connect timed out',
    'java.net.NoRouteToHostException: No route to host',
    // git, curl, apt
    "fatal: unable to access 'https://github.com/a/b/': Could not resolve host: github.com",
    'fatal: the remote end hung up unexpectedly',
    'curl: (28) Operation timed out after 30000 milliseconds',
    'curl: (7) Failed to connect to github.com port 443: Connection refused',
    "Err:1 http://deb.debian.org/debian bookworm InRelease\n  Temporary failure resolving 'deb.debian.org'",
    // Providers
    '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    'HTTP 429 Too Many Requests',
    'API Error: 529 overloaded',
    'HTTP/1.1 503 Service Unavailable',
    'The model is currently overloaded. Please try again later.',
    'Rate limit reached for requests',
  ])('%s', (text) => {
    expect(isInfrastructure(text)).toBe(true)
  })
})

describe('a failure of the work', () => {
  test.each([
    // Python
    "ModuleNotFoundError: No module named 'yaml'",
    "FileNotFoundError: [Errno 2] No such file or directory: 'a.txt'",
    'botocore.errorfactory.ResourceNotFoundException: no table',
    'jinja2.exceptions.TemplateNotFound: index.html',
    'docker.errors.ImageNotFound: 404 Client Error',
    'PackageNotFoundError: no metadata for x',
    'TimeoutError: the worker did not answer',
    'ConnectionRefusedError: [Errno 111] Connection refused',
    'app.py:502: error: Incompatible return value type [return-value]',
    'AssertionError: 500 != 200',
    'KeyError: 503',
    // Node
    "Error: Cannot find module './store'",
    "Error: ENOENT: no such file or directory, open 'x'",
    'Error: listen EADDRINUSE: address already in use :::3000',
    'TS2769: No overload matches this call.',
    'error TS2394: This overload signature is not compatible with its implementation.',
    // C, C++
    "main.cpp:503:5: error: call of overloaded 'f(int)' is ambiguous",
    "main.c:504:9: error: expected ';' before 'return'",
    // Go
    'pkg/a.go:500:2: undefined: Client',
    'panic: runtime error: invalid memory address or nil pointer dereference',
    'open config.yaml: no such file or directory',
    // Rust
    "thread 'main' panicked at src/read.rs:12: early eof",
    'error[E0433]: failed to resolve: use of undeclared crate or module',
    // Java
    'java.lang.ClassNotFoundException: com.example.App',
    'java.lang.NoSuchMethodError: void App.run()',
    'error: cannot find symbol',
    // Shells, packages
    'bash: docker: command not found',
    'E: Unable to locate package libfoo-dev',
    'ERROR: No matching distribution found for lib-solver',
    'npm ERR! code ERESOLVE',
  ])('%s', (text) => {
    expect(isInfrastructure(text)).toBe(false)
    const call = { t: 'call', a: 0, id: 'x', tool: 'Bash', kind: 'exec', cmd: './run' } as const
    const result = { t: 'result', a: 0, id: 'x', ok: false, exit: 1, text } as const
    expect(readAction(call, result, { turn: 1, batch: 1 }).state).toBe('failed')
  })
})
