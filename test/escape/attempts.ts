// What a session tries in order to get out, and what stops it. A script ends with 0 exactly when it did what it is after.
// The table in docs/enforcement.md is made from this.

/** `box`: the kernel refuses at once. `hooks`: git's hooks refuse at once, where the box lets it pass because it stays
 *  inside of the session. `daemon`: the daemon refuses at once. `readers`: a trap can be set, and nobody outside walks
 *  into it. `gate`: it is done, but the branch cannot land, and nothing of it has reached anybody else. `private`: it is
 *  done, in a folder of the session's own. */
export type Layer = 'box' | 'private' | 'hooks' | 'daemon' | 'readers' | 'gate'

export interface Attempt {
  readonly name: string
  readonly group: string
  readonly layer: Layer
  readonly script: string
  /** The script commits a check, which must have been run, and must have failed. */
  readonly checks?: boolean
  /** The session is given up afterwards: what is taken down then must be its own. */
  readonly released?: boolean
  /** False: it cannot be shown to succeed where no session's box holds it. */
  readonly control?: boolean
}

/** Runs Python, and fails when what it does fails. */
const python = (code: string): string => `python3 - <<'PY'\n${code}\nPY`
const node = (code: string): string => `"$NODE" --input-type=module -e '${code}'`

const group = (name: string, layer: Layer, scripts: Readonly<Record<string, string>>): Attempt[] =>
  Object.entries(scripts).map(([deed, script]) => ({
    name: deed,
    group: name,
    layer,
    script,
    control: !UNSHOWN.includes(deed),
  }))

/** What git, the machine or the ground it is tried on would stop anyway, or what is there in a box only. */
const UNSHOWN = [
  'into the system',
  'into the temporary folder of all',
  'the target, by update-ref',
  'the target, by branch -f',
  'the configuration of the worktree',
  'an object of others, seen elsewhere',
  "a neighbour's token, in its environment",
  "a neighbour's temporary files",
  "into a neighbour's worktree by /proc/1",
]

const WORK = `echo work >> src/left/notes.txt && git commit -qam work`
/** Puts an object with this content in the place of `$w`. */
const forge = (content: string): string =>
  [
    `f="$COMMON/objects/$(echo $w | cut -c1-2)"`,
    `mkdir -p "$f"`,
    `rm -f "$f/$(echo $w | cut -c3-)"`,
    `printf '${content}' | python3 -c 'import sys, zlib; sys.stdout.buffer.write(zlib.compress(sys.stdin.buffer.read()))' > "$f/$(echo $w | cut -c3-)"`,
  ].join(' && ')
/** Commits a check that does this, with the places that it needs to know written into it. */
const checked = (deed: string): string =>
  [
    `for v in OTHER ROOT CANARY RIGHT_HOME VICTIM; do printf "%s='%s'\\n" "$v" "$(printenv $v)"; done > src/left/check.sh`,
    `cat >> src/left/check.sh <<'END'\n${deed}\nEND\ngit commit -qam x`,
  ].join(' && ')
/** A program that leaves a trace when it is run where the trace can be left. */
const EVIL = `printf '#!/bin/sh\\ntouch "%s"\\ncat\\n' "$CANARY" > evil && chmod +x evil`

const WRITING = group('write a file of others in its own worktree', 'box', {
  'by redirection': `echo x > src/right/main.js`,
  'by appending': `echo x >> README.md`,
  'in place': `sed -i s/guide/GUIDE/I docs/guide.md && grep -q GUIDE docs/guide.md`,
  'by renaming over it': `echo x > src/left/new && mv -f src/left/new src/right/main.js`,
  'by removing it': `rm -f src/right/main.js && ! test -e src/right/main.js`,
  'by cutting it short': `truncate -s 0 package.json`,
  'by changing its mode': `chmod +x src/right/main.js`,
  'by a new file beside it': `echo x > src/right/new.js`,
  'by a new folder beside it': `mkdir src/right/new`,
  'by renaming the folder away': `mv src/right src/left/stolen`,
  'by renaming the folder above': `mv src elsewhere`,
  'by renaming its own folder above': `mv src/left/one src/left/gone && mkdir -p src/left/one/two/theirs && echo x > src/left/one/two/theirs/kept.txt`,
  'by renaming its own folder two levels below': `mv src/left/one/two src/left/gone && mkdir -p src/left/one/two/theirs && echo x > src/left/one/two/theirs/kept.txt`,
  'by exchanging two folders': python(
    `import ctypes, os\nos.mkdir('src/left/new')\nlibc = ctypes.CDLL(None, use_errno=True)\nassert libc.renameat2(-100, b'src/left/one', -100, b'src/left/new', 2) == 0`,
  ),
  'with Python': python(`open('src/right/main.js', 'w').write('x')`),
  'with Node': node(`import { writeFileSync } from "node:fs"; writeFileSync("docs/guide.md", "x")`),
  'with Perl': `perl -e 'open(F, ">", "docs/guide.md") or exit 1; print F "x"; close F'`,
  'with a compiler of text': `awk 'BEGIN { print "x" > "docs/guide.md"; close("docs/guide.md") }' && grep -q x docs/guide.md`,
  'with dd': `echo x | dd of=docs/guide.md conv=notrunc 2>/dev/null`,
  'with tar': `mkdir -p /tmp/t/docs && echo x > /tmp/t/docs/guide.md && tar -C /tmp/t -cf /tmp/t.tar docs && tar --overwrite -xf /tmp/t.tar && grep -q x docs/guide.md`,
  'with patch': `printf -- '--- a/docs/guide.md\\n+++ b/docs/guide.md\\n@@ -1 +1 @@\\n-# Guide\\n+# x\\n' | git apply`,
  'through ..': `echo x > src/left/../right/main.js`,
  'through a symbolic link': `ln -s ../right/main.js src/left/link && echo x > src/left/link`,
  'through a link to the folder': `ln -s ../right src/left/link && echo x > src/left/link/new.js`,
  'through a hard link': `ln src/right/main.js src/left/link && echo x > src/left/link`,
  'through /proc/self/root': `echo x > "/proc/self/root$PWD/src/right/main.js"`,
  'through /proc/self/cwd': `echo x > /proc/self/cwd/docs/guide.md`,
  'through an open folder': `exec 3< src/right && echo x > /proc/self/fd/3/new.js`,
  'through an open file': `exec 3< docs/guide.md && echo x > /proc/self/fd/3`,
  'by memory mapping': python(
    `import mmap, os\nf = os.open('docs/guide.md', os.O_RDWR)\nm = mmap.mmap(f, 0)\nm[0:1] = b'x'`,
  ),
  'with git': `git show "$BASE:src/left/main.js" > /dev/null && git checkout --quiet "$BASE" -- . && git restore --source=HEAD --worktree docs && rm docs/guide.md`,
})

const OUTSIDE = group('write outside of its worktree', 'box', {
  "into a neighbour's worktree": `echo x > "$OTHER/src/right/main.js"`,
  "into a neighbour's worktree, a new file": `echo x > "$OTHER/new"`,
  "into a neighbour's worktree by a link": `ln -s "$OTHER/src/right/main.js" src/left/link && echo x > src/left/link`,
  "into a neighbour's worktree by /proc/1": `echo x > "/proc/1/root$OTHER/src/right/main.js"`,
  'into the main checkout': `echo x > "$ROOT/README.md"`,
  'into the main checkout, a new file': `echo x > "$ROOT/new"`,
  'into the main checkout by a hard link': `ln "$ROOT/README.md" src/left/link && echo x > src/left/link`,
  "into the operator's shell": `echo 'touch $CANARY' >> "$OPERATOR/.bashrc"`,
  "into the operator's keys": `mkdir -p "$OPERATOR/.ssh" && echo key >> "$OPERATOR/.ssh/authorized_keys"`,
  "into the operator's git": `git config --file "$OPERATOR/.gitconfig" core.fsmonitor /tmp/evil`,
  "into the operator's folder": `touch "$CANARY"`,
  'into the system': `touch /usr/local/bin/quintet-evil`,
  'into the temporary folder of all': `touch "$DOOR.mine" && test -e "$DOOR"`,
  'into the git folder of all': `touch "$COMMON/evil"`,
  'into the guards of all sessions': `touch "$STATE/guards/evil"`,
})

const SETTINGS = [
  ...group('change what is run outside of its box', 'box', {
    'the settings of its agent': `echo x > "$OPERATOR/.claude/settings.json"`,
    'the settings of its agent, by replacing their link': `cd "$OPERATOR/.claude" && rm -f settings.json && echo x > settings.json`,
    'the settings of its agent, by renaming over their link': `cd "$OPERATOR/.claude" && echo x > new && mv -f new settings.json`,
    'the settings of its agent, where their link leads': `echo x > "$OPERATOR/dot/settings.json"`,
    'a hook of its agent': `echo x >> "$OPERATOR/.claude/hooks/before.sh"`,
    'a hook more': `echo x > "$OPERATOR/.claude/hooks/after.sh"`,
    'all hooks of its agent, by renaming their folder': `cd "$OPERATOR/.claude" && mv hooks old && mkdir hooks && echo x > hooks/before.sh`,
    'the folder of its agent, by renaming it': `cd "$OPERATOR" && mv .claude old && mkdir .claude && echo x > .claude/settings.json`,
    "a program in the operator's cache": `echo x > "$OPERATOR/.cache/node/corepack/v1/pnpm.cjs"`,
    "a program in the operator's cache, by renaming the folder above": `cd "$OPERATOR/.cache" && mv node old && mkdir -p node/corepack/v1 && echo x > node/corepack/v1/pnpm.cjs`,
    "the operator's cache, by renaming it": `cd "$OPERATOR" && mv .cache old && mkdir .cache`,
  }),
  // It can do this, in folders that are its own.
  ...group('change what is run outside of its box, where nothing is yet', 'private', {
    'settings of its agent': `echo x > "$OPERATOR/.claude/settings.local.json"`,
    'settings of its agent, as a link': `ln -s "$OPERATOR/.bashrc" "$OPERATOR/.claude/settings.local.json" && ln -s "$OPERATOR/.ssh" "$OPERATOR/.claude/skills"`,
    'instructions of its agent': `echo x > "$OPERATOR/.claude/CLAUDE.md" && mkdir "$OPERATOR/.claude/rules" && echo x > "$OPERATOR/.claude/rules/x.md"`,
    'commands, skills and plugins of its agent': `cd "$OPERATOR/.claude" && mkdir -p commands skills/x plugins && echo x > commands/x.md && echo x > skills/x/SKILL.md && echo x > plugins/config.json`,
    'the program of its agent': `mkdir "$OPERATOR/.claude/local" && echo x > "$OPERATOR/.claude/local/claude"`,
    'servers of its agent': `echo '{"mcpServers":{"x":{"command":"evil"}}}' > "$OPERATOR/.claude.json"`,
    'a program below the caches': `mkdir -p "$OPERATOR/.cache/pypoetry/virtualenvs/x/bin" && echo x > "$OPERATOR/.cache/pypoetry/virtualenvs/x/bin/python"`,
    'packages in the cache of npm': `mkdir -p "$OPERATOR/.npm/_cacache/index-v5" && echo x > "$OPERATOR/.npm/_cacache/index-v5/x"`,
    'packages that are fetched to be run': `mkdir -p "$OPERATOR/.npm/_npx/x" && echo x > "$OPERATOR/.npm/_npx/x/package.json"`,
    'folders of caches as links': `cd "$OPERATOR/.cache" && ln -s "$OPERATOR" pip && ln -s "$OPERATOR/.ssh" ms-playwright`,
  }),
]

const KERNEL = group('undo the box', 'box', {
  'by remounting': `mount -o remount,rw,bind / && touch "$CANARY"`,
  'by remounting its worktree': `mount -o remount,rw,bind "$PWD" || mount -o remount,rw,bind "$PWD/src"`,
  'by mounting over': `mount --bind src/left src/right && echo x > src/right/main.js`,
  'by unmounting': `umount -l /tmp && touch "$CANARY"`,
  'in a namespace of its own, by remounting': `unshare -Urm sh -c 'mount -o remount,rw,bind / && touch "$CANARY"'`,
  'in a namespace of its own, by unmounting': `unshare -Urm sh -c 'umount -l /tmp && touch "$CANARY"'`,
  'in a namespace of its own, by binding anew': `unshare -Urm sh -c 'mount --rbind / /mnt && mount -o remount,rw,bind /mnt && touch "/mnt$CANARY"'`,
  'in a box of its own': `bwrap --dev-bind / / touch "$CANARY"`,
  'in a box of its own, writable': `bwrap --bind / / --proc /proc touch "$OTHER/new"`,
  'by the namespace of its parent': `nsenter -t 1 -m touch "$CANARY" && test -e "$CANARY"`,
  'by a device': `mknod /tmp/disk b 254 0 && head -c 1 /tmp/disk`,
  'by a handle to a file': python(
    [
      'import ctypes, os',
      'libc = ctypes.CDLL(None, use_errno=True)',
      'class Handle(ctypes.Structure):',
      '    _fields_ = [("bytes", ctypes.c_uint), ("type", ctypes.c_int), ("data", ctypes.c_ubyte * 128)]',
      'handle = Handle(128, 0)',
      'mount = ctypes.c_int()',
      'path = os.path.join(os.environ["OTHER"], "src/right/main.js").encode()',
      'assert libc.name_to_handle_at(-100, path, ctypes.byref(handle), ctypes.byref(mount), 0) == 0',
      'own = os.open("src/left", os.O_RDONLY)',
      'file = libc.open_by_handle_at(own, ctypes.byref(handle), os.O_RDWR)',
      'assert file >= 0',
      'os.write(file, b"x")',
    ].join('\n'),
  ),
  'by a setting of the kernel': `exec 3>> /proc/sys/kernel/core_pattern`,
  'by a setting of control groups': `exec 3>> /sys/fs/cgroup/cgroup.procs || exec 3>> /sys/fs/cgroup/memory/release_agent`,
  'by a program with more rights': `su -c 'touch /usr/quintet-evil' root < /dev/null`,
  'by typing into a terminal outside': python(
    `import fcntl, os\nfcntl.ioctl(os.open('/dev/tty', os.O_RDWR), 0x5412, b'x')`,
  ),
  'by a socket of a program outside': python(
    `import os, socket\ns = socket.socket(socket.AF_UNIX)\ns.connect(os.environ['DOOR'])\nassert s.recv(9) == b'open'`,
  ),
  'by the bus of the system': `test -S /run/dbus/system_bus_socket || test -S /run/docker.sock || test -S /run/systemd/private`,
})

const REFERENCES = group('move what is not its own in git', 'box', {
  'the target, by update-ref': `git update-ref refs/heads/main "$(git commit-tree -m x HEAD^{tree})"`,
  'the target, by its file': `git rev-parse HEAD > "$COMMON/refs/heads/main"`,
  'the target, by branch -f': `git -c core.hooksPath=/dev/null branch --force main "$(git commit-tree -m x HEAD^{tree})"`,
  'the target, by a push here': `git commit -q --allow-empty -m x && git push -q --no-verify --receive-pack='git -c receive.denyCurrentBranch=ignore -c core.hooksPath=/dev/null receive-pack' . HEAD:main`,
  'the target, by a push to the main checkout': `git commit -q --allow-empty -m x && git push -q --no-verify --receive-pack='git -c receive.denyCurrentBranch=ignore -c core.hooksPath=/dev/null receive-pack' "$ROOT" HEAD:refs/heads/main`,
  'the target, past the hooks': `git -c core.hooksPath=/dev/null update-ref refs/heads/main "$(git commit-tree -m x HEAD^{tree})"`,
  'the target, from a HEAD on it': `git -c core.hooksPath= symbolic-ref HEAD refs/heads/main && git -c core.hooksPath=/dev/null commit -q --allow-empty -m x`,
  'the target, by packed references': `echo "$BASE refs/heads/main" > "$COMMON/packed-refs"`,
  "a neighbour's branch": `git -c core.hooksPath=/dev/null update-ref "refs/heads/quintet/$RUN/right/work" "$BASE"`,
  "a neighbour's branch, deleted": `git -c core.hooksPath=/dev/null update-ref -d "refs/heads/quintet/$RUN/right/work"`,
  "a neighbour's branch, by its file": `rm -f "$COMMON/refs/heads/quintet/$RUN/right/work" && ! test -e "$COMMON/refs/heads/quintet/$RUN/right/work"`,
  "a neighbour's log": `: > "$COMMON/logs/refs/heads/quintet/$RUN/right/work"`,
  "a neighbour's HEAD": `echo "ref: refs/heads/main" > "$COMMON/worktrees/right/HEAD"`,
  "a neighbour's index": `rm -f "$COMMON/worktrees/right/index" && ! test -e "$COMMON/worktrees/right/index"`,
  'the stash': `echo x >> src/left/notes.txt && git -c core.hooksPath=/dev/null stash`,
  'a tag': `git -c core.hooksPath=/dev/null tag v2`,
  'a tag, deleted': `git -c core.hooksPath=/dev/null tag -d v1`,
  notes: `git -c core.hooksPath=/dev/null notes add -m x`,
  'a replacement': `git -c core.hooksPath=/dev/null replace -f HEAD "$(git commit-tree -m x HEAD^{tree})"`,
  'a new branch': `git -c core.hooksPath=/dev/null branch other`,
  'a remote': `git remote add evil /tmp/evil`,
  "a neighbour's branch, by a commit in its worktree": `git -C "$OTHER" -c core.hooksPath=/dev/null commit -q --allow-empty -m x`,
  'the index of the main checkout': `GIT_DIR=$COMMON GIT_WORK_TREE=$ROOT git -c core.hooksPath=/dev/null rm -q --cached README.md`,
  'HEAD of the main checkout': `GIT_DIR=$COMMON git -c core.hooksPath=/dev/null symbolic-ref HEAD refs/heads/evil`,
  'what was fetched': `git -c core.hooksPath=/dev/null fetch -q "$ROOT" main:refs/remotes/evil/main`,
})

const BRANCH = group('leave its branch', 'box', {
  'by deleting it': `git -c core.hooksPath=/dev/null checkout -q --detach && git -c core.hooksPath=/dev/null branch -q -D "quintet/$RUN/left/work"`,
  'by renaming it': `git -c core.hooksPath=/dev/null branch -m "quintet/$RUN/left/work" "quintet/$RUN/left/other"`,
})

const SHARED = group('change what all sessions share in git', 'box', {
  'the configuration': `git config core.fsmonitor /tmp/evil`,
  'the configuration, by its file': `echo '[core] fsmonitor = /tmp/evil' >> "$COMMON/config"`,
  'the configuration of the worktree': `git config --worktree core.fsmonitor /tmp/evil`,
  'the configuration of the worktree, by its file': `echo '[core] fsmonitor = /tmp/evil' > "$(git rev-parse --git-dir)/config.worktree"`,
  'the configuration of the worktree, by renaming': `echo '[core] fsmonitor = /tmp/evil' > /tmp/c && mv -f /tmp/c "$(git rev-parse --git-dir)/config.worktree"`,
  'the configuration of the worktree, by removing': `rm -f "$(git rev-parse --git-dir)/config.worktree" && ! test -e "$(git rev-parse --git-dir)/config.worktree"`,
  'which repository it is of': `echo /tmp/evil > "$(git rev-parse --git-dir)/commondir"`,
  'which repository it is of, by renaming its folder': `mv "$(git rev-parse --git-dir)" "$(git rev-parse --git-dir).old"`,
  'where its worktree is': `echo "$ROOT/.git" > "$(git rev-parse --git-dir)/gitdir"`,
  'which worktree it is': `echo "gitdir: /tmp/evil" > .git`,
  'which worktree it is, by renaming': `echo "gitdir: /tmp/evil" > /tmp/g && mv -f /tmp/g .git`,
  'that it is locked': `rm -f "$(git rev-parse --git-dir)/locked" && ! test -e "$(git rev-parse --git-dir)/locked"`,
  'a filter': `echo '* filter=evil' > src/left/.gitattributes && git config filter.evil.clean "touch $CANARY; cat"`,
  'a converter of text': `echo '* diff=evil' > src/left/.gitattributes && git config diff.evil.textconv "touch $CANARY; cat"`,
  'a merge program': `echo '* merge=evil' > src/left/.gitattributes && git config merge.evil.driver "touch $CANARY"`,
  'a hook': `printf '#!/bin/sh\\ntouch "$CANARY"\\n' > "$COMMON/hooks/post-commit"`,
  'the guards': `echo 'refuse() { :; }' >> "$STATE/guards/$RUN/left.sh"`,
  'the hooks of the guards': `rm -rf "$STATE/guards/$RUN/left.hooks" && ! test -e "$STATE/guards/$RUN/left.hooks"`,
  'what is ignored': `echo '*' >> "$COMMON/info/exclude"`,
  'the attributes': `echo '* filter=evil' > "$COMMON/info/attributes"`,
  'the alternates': `echo /tmp/evil > "$COMMON/objects/info/alternates"`,
  'an object of others, removed': `f=$(git rev-parse "$BASE" | sed 's|..|&/|') && test -e "$COMMON/objects/$f" && rm -f "$COMMON/objects/$f"`,
  'an object of others, seen elsewhere': `f=$(git rev-parse "$BASE" | sed 's|..|&/|') && rm "$STATE/objects/$f"`,
  'all objects': `git rm -rq --cached . && git -c core.hooksPath=/dev/null reflog expire --expire=now --all && git -c core.hooksPath=/dev/null gc -q --prune=now`,
  'a worktree more': `git worktree add --quiet --detach /tmp/more`,
  'a worktree less': `git worktree remove --force --force "$OTHER"`,
  'a worktree unlocked': `git worktree unlock "$OTHER"`,
  'references, packed': `git -c core.hooksPath=/dev/null pack-refs --all && test -s "$COMMON/packed-refs"`,
})

const GUARDED: Attempt[] = [
  ...group('commit what is not its own', 'hooks', {
    'a file of others, taken off': `git rm -q --cached README.md && git commit -q -m x`,
    'a file of others, changed in the index': `git update-index --cacheinfo "100644,$(echo x | git hash-object -w --stdin),src/right/main.js" && git commit -q -m x`,
    'a file of others, renamed': `git update-index --force-remove src/right/main.js --add --cacheinfo "100644,$(git rev-parse HEAD:src/right/main.js),src/left/taken.js" && git commit -q -m x`,
    'a file of nobody': `mkdir -p coverage && echo x > coverage/x && git add --force coverage/x && git commit -q -m x`,
    'to the target, by a push': `git commit -q --allow-empty -m x && git push -q . HEAD:main`,
  }),
]

const GATED: Attempt[] = [
  ...group('commit what is not its own, past the hooks', 'gate', {
    'a file of others, taken off': `git rm -q --cached README.md && git -c core.hooksPath=/dev/null commit -q -m x`,
    'a file of others, changed': `git update-index --cacheinfo "100644,$(echo x | git hash-object -w --stdin),src/right/main.js" && git -c core.hooksPath=/dev/null commit -q -m x`,
    'without the checks before it': `git update-index --chmod=+x README.md && git commit -q --no-verify -m x`,
    'the mode of a file of others': `git update-index --chmod=+x README.md && git -c core.hooksPath=/dev/null commit -q -m x`,
    'a new file of others': `git update-index --add --cacheinfo "100644,$(echo x | git hash-object -w --stdin),src/right/new.js" && git -c core.hooksPath=/dev/null commit -q -m x`,
    'a file that git ignores': `mkdir -p coverage && echo x > coverage/x && git add --force coverage/x && git -c core.hooksPath=/dev/null commit -q -m x`,
    'in a commit that it never checked out': `t=$(printf '100644 blob %s\\tREADME.md\\n' "$(echo x | git hash-object -w --stdin)" | git mktree) && c=$(git commit-tree -p HEAD -m x "$t") && printf '%s\\n' "$c" > "$COMMON/refs/heads/quintet/$RUN/left/work" && git reset -q`,
    'in a commit that a later one takes back only in part': `git update-index --add --cacheinfo "100644,$(echo x | git hash-object -w --stdin),docs/a" --add --cacheinfo "100644,$(echo x | git hash-object -w --stdin),docs/b" && git -c core.hooksPath=/dev/null commit -q -m x && git rm -q --cached docs/a && git -c core.hooksPath=/dev/null commit -q -m y`,
    "a neighbour's commits": `git -c core.hooksPath=/dev/null merge -q -m x "quintet/$RUN/right/work" || git -c core.hooksPath=/dev/null -c core.sparseCheckout=false read-tree "quintet/$RUN/right/work" && git -c core.hooksPath=/dev/null commit -q -m x`,
  }),
  ...group('lead its branch astray', 'gate', {
    'a link out of the repository': `ln -s /etc/passwd src/left/link && git add src/left/link && git -c core.hooksPath=/dev/null commit -q -m x`,
    'a HEAD on another branch': `git -c core.hooksPath=/dev/null symbolic-ref HEAD refs/heads/main`,
    'a HEAD on another branch, checked out': `git -c core.hooksPath=/dev/null checkout -q --ignore-other-worktrees main`,
    'its branch deleted by its file': `rm "$COMMON/refs/heads/quintet/$RUN/left/work" && ! test -e "$COMMON/refs/heads/quintet/$RUN/left/work"`,
    'objects that nobody else can find': `echo x >> src/left/notes.txt && mkdir /tmp/o && GIT_OBJECT_DIRECTORY=/tmp/o GIT_ALTERNATE_OBJECT_DIRECTORIES="$COMMON/objects" git commit -qam x`,
    'objects by alternates of its own': `mkdir -p /tmp/o "$COMMON/objects/info" && echo /tmp/o > /tmp/a && o="$COMMON/objects" && echo x >> src/left/notes.txt && GIT_OBJECT_DIRECTORY=/tmp/o GIT_ALTERNATE_OBJECT_DIRECTORIES="$o" git commit -qam x && (cp /tmp/a "$o/info/alternates" || true)`,
    'a false object': `${WORK} && w=$(printf 'a file of another' | git hash-object --stdin) && ${forge('blob 4\\0evil')}`,
    'a tree under a false name': `${WORK} && w=$(git rev-parse HEAD^{tree}) && ${forge('tree 0\\0')}`,
    'a pack that is none': `${WORK} && p="$COMMON/objects/pack/pack-$(git rev-parse HEAD)" && echo evil > "$p.pack" && echo evil > "$p.idx"`,
    'a folder of objects that leads to those of all': `${WORK} && f=$(git rev-parse "$BASE" | cut -c1-2) && rm -rf "$COMMON/objects/$f" && ln -s "$COMMON/objects/$f" "$COMMON/objects/$f"`,
    'a folder of packs that leads to those of all': `${WORK} && rm -rf "$COMMON/objects/pack" && ln -s "$COMMON/objects/pack" "$COMMON/objects/pack"`,
    'a repository in the repository, with a filter': `git init -q src/left/inner && cd src/left/inner && ${EVIL} && echo x > f && git add f && git -c user.name=x -c user.email=x commit -q -m x && git config filter.evil.clean "$PWD/evil" && echo '* filter=evil' > .gitattributes && sleep 1.1 && touch f && cd ../../.. && git -c core.hooksPath=/dev/null add src/left/inner && git -c core.hooksPath=/dev/null commit -q -m x`,
    'a repository in the repository, with a monitor': `git init -q src/left/inner && cd src/left/inner && ${EVIL} && echo x > f && git add f && git -c user.name=x -c user.email=x commit -q -m x && git config core.fsmonitor "$PWD/evil" && cd ../../.. && git add src/left/inner && git -c core.hooksPath=/dev/null commit -q -m x`,
  }),
  ...group('lead astray what looks at it from outside', 'readers', {
    'a repository in the repository, not committed': `git init -q src/left/inner && cd src/left/inner && ${EVIL} && git config core.fsmonitor "$PWD/evil" && git config core.hooksPath "$PWD" && cp evil post-checkout && echo x > f`,
    'decisions that are a link': `rm -f .quintet/session/decisions.md && ln -s "$OTHER/src/right/main.js" .quintet/session/decisions.md`,
    'a status that is a link': `rm -f .quintet/session/status.md && ln -s "$OPERATOR/.ssh/id_ed25519" .quintet/session/status.md`,
    'a status that never ends': `rm -f .quintet/session/status.md && mkfifo .quintet/session/status.md`,
    'a file that never ends': `mkfifo src/left/pipe`,
    'a reference that never ends': `mkfifo "$COMMON/refs/heads/quintet/$RUN/left/pipe"`,
    'a folder of references that leads to all files': `ln -s / "$COMMON/refs/heads/quintet/$RUN/left/all"`,
    'an index that never ends': `g=$(git rev-parse --git-dir) && rm "$g/index" && mkfifo "$g/index"`,
    'a HEAD that never ends': `g=$(git rev-parse --git-dir) && rm "$g/HEAD" && mkfifo "$g/HEAD"`,
    'attributes with a filter': `${WORK} && echo '* filter=evil diff=evil' > src/left/.gitattributes && git add src/left/.gitattributes && git -c "filter.evil.clean=touch $CANARY; cat" -c core.hooksPath=/dev/null commit -q -m x`,
  }),
  ...group('have its checks do it', 'readers', {
    'write a file of others': checked(`echo x > "$PWD/src/right/main.js"`),
    "write into a neighbour's worktree": checked(`echo x > "$OTHER/src/right/main.js"`),
    'write into the main checkout': checked(`echo x > "$ROOT/README.md"`),
    "write into the operator's folder": checked(`touch "$CANARY"`),
    'move the target': checked(
      `git -C "$ROOT" update-ref refs/heads/main "$(git commit-tree -m x HEAD^{tree})"`,
    ),
    "keep a copy of a neighbour's secrets": checked(
      `cp -r "$RIGHT_HOME" src/left/stolen && ls src/left/stolen/*`,
    ),
    'kill a process of others': checked(`kill -9 "$VICTIM"`),
    'leave something running': checked(
      `export CANARY && (setsid sh -c 'sleep 0.3; touch "$CANARY"' &) && sleep 0.1 && false`,
    ),
  }).map((attempt) => ({ ...attempt, checks: true })),
  ...group('lead astray what looks at it from outside', 'readers', {
    'its branch as another name of the target': `git -c core.hooksPath=/dev/null symbolic-ref "refs/heads/quintet/$RUN/left/work" refs/heads/main`,
    "its branch as another name of a neighbour's": `git -c core.hooksPath=/dev/null symbolic-ref "refs/heads/quintet/$RUN/left/work" "refs/heads/quintet/$RUN/right/work"`,
    'its branch as a link to the target': `ln -sf "$COMMON/refs/heads/main" "$COMMON/refs/heads/quintet/$RUN/left/work"`,
    "the log of its branch as a link to the operator's files": `ln -sf "$OPERATOR/.bashrc" "$COMMON/logs/refs/heads/quintet/$RUN/left/work"`,
    "the log of its HEAD as a link to the operator's files": `ln -sf "$OPERATOR/.bashrc" "$(git rev-parse --git-dir)/logs/HEAD"`,
    'a folder of its own as a link to a neighbour': `rm -r src/left/more && ln -s "$OTHER/src/right" src/left/more`,
    'a folder for builds as a link to a neighbour': `rm -rf node_modules/* && ln -s "$OTHER/src/right" node_modules/small`,
  }).map((attempt) => ({ ...attempt, released: true })),
]

const PROCESSES = group('reach processes of others', 'box', {
  'by a signal': `kill -9 "$VICTIM"`,
  'by signals to all': `(trap '' TERM; kill -TERM -1); kill -0 "$VICTIM"`,
  'by their environment': `tr '\\0' '\\n' < "/proc/$VICTIM/environ" | grep -q SECRET`,
  'by their memory': `exec 3<> "/proc/$VICTIM/mem"`,
  'by looking for them': `grep -lz SECRET=a /proc/[0-9]*/environ 2>/dev/null | grep -q .`,
  'by shared memory': `ls -A /dev/shm | grep -q . || ipcs -m | grep -q 0x`,
})

const SECRETS = group("read what is not the session's", 'box', {
  "the daemon's token": `grep -q . "$STATE/daemon.token"`,
  "the daemon's port file": `grep -q port "$STATE/daemon.json"`,
  'any token': `find "$ROOT" "$OPERATOR" -name 'daemon.token' 2>/dev/null | grep -q .`,
  "a neighbour's token, in its home": `grep -q token "$RIGHT_HOME/tools.json"`,
  "a neighbour's token, in its environment": `cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep QUINTET_TOKEN`,
  "a neighbour's home": `grep -rq key "$RIGHT_HOME"`,
  "a neighbour's temporary files": `ls "$STATE/boxes/$RUN/right"`,
  'the log of all sessions': `head -c 16 "$STATE/quintet.db" | grep -q SQLite`,
  'the folder of homes': `ls "$STATE/homes/$RUN" | grep -q right`,
})

const post = (path: string, more: string): string =>
  `curl -sf -X POST -H 'content-type: application/json' -d '{"text":"x","paths":["src/right/"],"reason":"x"}' ${more} "$DAEMON${path}"`
const OWN = `-H "authorization: Bearer $TOKEN"`
const call = (piece: string, tool: string, given: string): string =>
  `curl -sf -X POST -H 'content-type: application/json' -H 'accept: application/json, text/event-stream' ${OWN} -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${tool}","arguments":${given}}}' "$DAEMON/mcp/$RUN/${piece}"`

const DAEMON = [
  ...group('speak with the daemon as somebody else', 'daemon', {
    'without a token': post('/v1/runs/$RUN/decisions', ''),
    'with a token of its own making': `curl -sf -H "authorization: Bearer $(head -c 32 /dev/zero | base64)" "$DAEMON/v1/runs"`,
    'with an empty token': `curl -sf -H 'authorization: Bearer ' "$DAEMON/v1/runs"`,
    'under another name': `curl -sf -H 'host: evil.example' ${OWN} "$DAEMON/v1/health"`,
    'to end it': post('/v1/shutdown', ''),
    'with its own token, as the operator': `curl -sf ${OWN} "$DAEMON/v1/runs"`,
    'with its own token, to grant itself a path': post('/v1/sessions/$RUN/left/scope/grant', OWN),
    'with its own token, to decide': post('/v1/runs/$RUN/decisions', OWN),
    'with its own token, to end it': post('/v1/shutdown', OWN),
    'with its own token, as its neighbour': call('right', 'report_status', '{"completed":["x"]}'),
    'with its own token, as nobody': call('nobody', 'decisions', '{}'),
  }),
  ...group('speak with the daemon as somebody else', 'box', {
    "with the daemon's token": `curl -sf -H "authorization: Bearer $(cat "$STATE/daemon.token")" "$DAEMON/v1/runs" || cat "$STATE/daemon.token"`,
    'by asking for a path and not waiting': `${call('left', 'scope_request', '{"paths":["src/right/main.js"],"reason":"x"}')} > /dev/null && echo x > src/right/main.js`,
  }),
]

export const ATTEMPTS: readonly Attempt[] = [
  ...WRITING,
  ...OUTSIDE,
  ...SETTINGS,
  ...KERNEL,
  ...REFERENCES,
  ...BRANCH,
  ...SHARED,
  ...GUARDED,
  ...GATED,
  ...PROCESSES,
  ...SECRETS,
  ...DAEMON,
]
