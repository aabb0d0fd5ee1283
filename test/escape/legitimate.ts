// What a session must be able to do in its box. A script ends with 0 when it worked.

export interface Legitimate {
  readonly name: string
  readonly group: string
  readonly script: string
  /** The gate has nothing against the branch afterwards. */
  readonly clean?: boolean
}

const group = (name: string, scripts: Readonly<Record<string, string>>, clean = false): Legitimate[] =>
  Object.entries(scripts).map(([deed, script]) => ({ name: deed, group: name, script, clean }))

const python = (code: string): string => `python3 - <<'PY'\n${code}\nPY`
const WORK = `echo work >> src/left/notes.txt && git commit -qam work`
const TWO = `${WORK} && echo more >> src/left/notes.txt && git commit -qam more`

const FILES = group('files', {
  'change one': `echo x >> src/left/main.js && tail -1 src/left/main.js | grep -q x`,
  'change one in place': `sed -i s/one/ONE/ src/left/notes.txt && grep -q ONE src/left/notes.txt`,
  'write one as editors do': `echo x > src/left/.notes.tmp && mv src/left/.notes.tmp src/left/notes.txt && grep -q x src/left/notes.txt`,
  'make one': `echo x > src/left/new.js && test -s src/left/new.js`,
  'make a folder': `mkdir -p src/left/a/b/c && echo x > src/left/a/b/c/d`,
  'rename one': `mv src/left/notes.txt src/left/more/renamed.txt`,
  'rename a folder': `mv src/left/more src/left/less`,
  'delete one': `rm src/left/notes.txt`,
  'delete a folder': `rm -r src/left/more`,
  'change a mode': `chmod +x src/left/main.js && test -x src/left/main.js`,
  'link inside': `ln -s notes.txt src/left/link && ln src/left/notes.txt src/left/hard && cat src/left/link`,
  'copy from others': `cp src/right/util.js src/left/util.js && cp -r docs src/left/docs`,
  'read everything': `cat README.md src/right/main.js package.json "$ROOT/README.md" > /dev/null && grep -ri guide docs > /dev/null`,
  'report its status': `echo '## Completed' > .quintet/session/status.md`,
  'report its status as editors do': `echo x > .quintet/session/.s && mv .quintet/session/.s .quintet/session/status.md`,
  'read decisions and the others': `cat .quintet/session/decisions.md .quintet/session/context.md && ls .quintet/session/status`,
})

const GIT = group(
  'git, to a branch that can land',
  {
    commit: `echo x > src/left/new.js && git add src/left && git commit -qm x`,
    'add all': `echo x > src/left/new.js && git add -A && git commit -qm x`,
    'commit all': WORK,
    'commit from a folder below': `cd src/left && echo x > new.js && git add . && git commit -qm x`,
    amend: `${WORK} && git commit -q --amend -m better`,
    'rename with git': `git mv src/left/notes.txt src/left/renamed.txt && git commit -qm x`,
    'remove with git': `git rm -q src/left/notes.txt && git commit -qm x`,
    revert: `${TWO} && git revert --no-edit HEAD > /dev/null`,
    'reset and commit anew': `${TWO} && git reset -q --soft HEAD~2 && git commit -qm both`,
    'reset hard': `${TWO} && git reset -q --hard HEAD~1`,
    'rebase interactively': `${TWO} && GIT_SEQUENCE_EDITOR='sed -i 2s/pick/fixup/' git rebase -q -i "$BASE" && test "$(git rev-list --count "$BASE"..)" = 1`,
    'a branch of its own, merged': `git switch -qc "quintet/$RUN/left/spike" && ${WORK} && git switch -q "quintet/$RUN/left/work" && git merge -q --no-ff -m merge "quintet/$RUN/left/spike"`,
    'cherry-pick from it': `git switch -qc "quintet/$RUN/left/spike" && ${WORK} && git switch -q "quintet/$RUN/left/work" && git cherry-pick "quintet/$RUN/left/spike" > /dev/null`,
    'restore a file': `${WORK} && echo broken > src/left/main.js && git checkout -q -- src/left/main.js`,
    'unstage a file': `${WORK} && echo x > src/left/new.js && git add src/left/new.js && git restore --staged src/left/new.js && rm src/left/new.js`,
    'clean up': `${WORK} && touch src/left/junk && git clean -qfd src/left`,
    'apply a patch': `${WORK} && git format-patch -q -1 --stdout > /tmp/p && git reset -q --hard HEAD~1 && git am -q /tmp/p`,
    'a large file': `head -c 20000000 /dev/urandom > src/left/large.bin && git add src/left/large.bin && git commit -qm large`,
    'many files': `mkdir src/left/many && for i in $(seq 500); do echo $i > src/left/many/$i; done && git add src/left && git commit -qm many`,
    'a commit by plumbing': `echo x > src/left/new.js && git update-index --add src/left/new.js && t=$(git write-tree) && c=$(git commit-tree -p HEAD -m x $t) && git update-ref "refs/heads/quintet/$RUN/left/work" $c`,
    'rebase onto its own work': `git switch -qc "quintet/$RUN/left/spike" && ${WORK} && git switch -q "quintet/$RUN/left/work" && echo x > src/left/new.js && git add src/left && git commit -qm x && git rebase -q "quintet/$RUN/left/spike"`,
    'a commit that the checks run on': `printf 'test -f src/left/main.js && echo x > "$TMPDIR/x" && mkdir -p coverage && echo x > coverage/x\n' > src/left/check.sh && git commit -qam x`,
    'a commit while it is looked at': `for i in 1 2 3; do echo $i >> src/left/notes.txt && git commit -qam $i && git status > /dev/null; done`,
  },
  true,
)

const READING = group('git, reading', {
  'status, log, diff': `echo x >> src/left/notes.txt && git status --short && git log --oneline && git diff && git diff --stat "$BASE"`,
  'show what others have': `git show "quintet/$RUN/right/work:src/right/main.js" && git log --oneline --all`,
  'blame and grep': `git blame src/left/notes.txt && git grep -q one`,
  'worktrees and branches': `git worktree list && git branch -a && git tag`,
  archive: `git archive HEAD src/left | tar -t | grep -q notes.txt`,
  configuration: `git config user.name && git var GIT_COMMITTER_IDENT && git config --list > /dev/null`,
  'its own refs': `git branch "quintet/$RUN/left/keep" && git rev-parse "quintet/$RUN/left/keep" && git reflog > /dev/null`,
  integrity: `${WORK} && git fsck --connectivity-only 2>&1 | (! grep -E 'missing|broken|error')`,
})

const TOOLS = group('tools', {
  'install what is locked': `npm ci --offline --no-audit --no-fund > /dev/null && test -f node_modules/small/index.js`,
  'install one more': `npm install --offline --no-save --no-package-lock --no-audit --no-fund ./vendor/small-1.0.0.tgz > /dev/null && test -f node_modules/small/package.json`,
  'use what is installed': `"$NODE" -e 'if (require("small") !== 1) process.exit(1)'`,
  'run the tests': `cd src/left && "$NODE" --test > /tmp/log || { cat /tmp/log; false; }`,
  'run them by their script': `npm test > /tmp/log || { cat /tmp/log; false; }`,
  'build into a folder that was not there': `npm run build > /dev/null && test -f dist/main.js && git status --short | (! grep dist)`,
  'write coverage': `mkdir -p coverage/lcov && echo x > coverage/lcov/info`,
  'write a log beside its work': `echo x > src/left/debug.log && git status --short | (! grep debug)`,
  'run Python': python(
    `import sqlite3, tempfile\nf = tempfile.mkdtemp()\nd = sqlite3.connect(f + '/x.db')\nd.execute('create table t (a)')\nd.commit()`,
  ),
  'run make': `printf 'all: out\\nout:\\n\\techo x > $@\\n' > src/left/Makefile && make -s -C src/left && test -f src/left/out`,
  'write temporary files': `f=$(mktemp) && echo x > "$f" && d=$(mktemp -d) && echo x > "$d/y" && echo x > /tmp/plain && echo x > /var/tmp/plain`,
  'keep files in its home': `mkdir -p ~/.config/tool && echo x > ~/.config/tool/settings && echo x > ~/.history`,
  'share memory': python(
    `from multiprocessing import shared_memory\nm = shared_memory.SharedMemory(create=True, size=16)\nm.buf[0] = 1\nm.close()\nm.unlink()`,
  ),
})

const PROCESSES = group('processes', {
  'serve on its own port': `"$NODE" -e 'require("node:http").createServer((q, s) => s.end("up")).listen(process.env.PORT, "127.0.0.1")' & pid=$!; for i in $(seq 50); do curl -sf "http://127.0.0.1:$PORT" && break; sleep 0.1; done | grep -q up && kill $pid`,
  'listen on a socket': python(
    `import os, socket, tempfile\np = os.path.join(tempfile.gettempdir(), 's')\ns = socket.socket(socket.AF_UNIX)\ns.bind(p)\ns.listen()\nc = socket.socket(socket.AF_UNIX)\nc.connect(p)`,
  ),
  'end what it started': `sleep 60 & kill $! && ! wait $!`,
  'work in the background': `(sleep 0.1; echo done > /tmp/done) & wait && grep -q done /tmp/done`,
  'see its own': `sleep 5 & ps -o args= -p $! | grep -q sleep && kill $!`,
  'pipe a lot': `head -c 5000000 /dev/zero | base64 | wc -c | grep -q '^[0-9]*$'`,
  'use pseudo-terminals': python(
    `import pty, os\npid, fd = pty.fork()\nif pid == 0: os.execvp('true', ['true'])\nassert os.waitpid(pid, 0)[1] == 0`,
  ),
  'know the time and chance': `date > /dev/null && head -c 8 /dev/urandom > /dev/null && : > /dev/null`,
  'know names': `getent hosts localhost > /dev/null && id > /dev/null`,
  'ask the daemon whose a file is': `curl -sf -X POST -H 'content-type: application/json' -H 'accept: application/json, text/event-stream' -H "authorization: Bearer $TOKEN" -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whose_file","arguments":{"paths":["src/right/main.js"]}}}' "$DAEMON/mcp/$RUN/left" | grep -q right`,
  'reach the daemon': `curl -s -o /dev/null -w '%{http_code}' "$DAEMON/v1/health" | grep -q 401`,
})

export const LEGITIMATE: readonly Legitimate[] = [...FILES, ...GIT, ...READING, ...TOOLS, ...PROCESSES]
