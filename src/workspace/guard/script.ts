// The git hook of session worktrees, one script under the names of several hooks. It runs several times in every commit,
// so it is POSIX sh that starts no program where it can judge by spelling. Ours comes first; if it lets the command
// pass, the repository's own hook of the same name is run with the same arguments and input. Pure.

/** Hooks that guard something. */
export const GUARDS = ['pre-commit', 'pre-push', 'reference-transaction'] as const

/** Hooks that are only passed on, where the repository has one of its own. */
export const PASSED_ON = [
  'applypatch-msg',
  'commit-msg',
  'post-applypatch',
  'post-checkout',
  'post-commit',
  'post-index-change',
  'post-merge',
  'post-rewrite',
  'pre-applypatch',
  'pre-auto-gc',
  'pre-merge-commit',
  'pre-rebase',
  'prepare-commit-msg',
  'push-to-checkout',
  'sendemail-validate',
] as const

/** The script. It finds the session by the folder it is called from: `<piece>.hooks/<hook>` beside `<piece>.sh`. */
export const HOOK_SCRIPT = `#!/bin/sh
# Guards the worktree of one Quintet session, then runs the repository's own hook of this name.
name=\${0##*/}
here=\${0%/*}
session=\${here%.hooks}

refuse() {
  printf 'quintet: %s\\n' "$1" >&2
  shift
  for line; do printf '  %s\\n' "$line" >&2; done
  exit 1
}

branch= refs=
[ -r "$session.sh" ] && . "$session.sh"
[ -n "$branch" ] && [ -n "$refs" ] ||
  refuse "The record of this worktree's session is gone, so nothing can be written here."

# Sets hook to the repository's own hook; fails when there is none. The configuration is asked only when it has changed
# since the record was written.
theirs() {
  folder=$chain
  if [ -z "$pinned" ] && [ "$common/config" -nt "$session.sh" ]; then
    folder=$(git config --file "$common/config" --type=path --get core.hooksPath) || folder=$outer
  fi
  hook=\${folder:-$common/hooks}/$name
  [ "$folder" != "$here" ] && [ -f "$hook" ] && [ -x "$hook" ]
}

# A hook that the repository got since the record was written is passed on from now on.
pass_on() {
  for passed in ${PASSED_ON.join(' ')}; do
    [ -x "\${hook%/*}/$passed" ] && [ ! -e "$here/$passed" ] && ln -s ../../hooks/guard "$here/$passed" 2>/dev/null
  done
}

# Shared references belong to everybody; those that git keeps per worktree are this worktree's own affair.
judge_ref() {
  case $2 in
  "$branch")
    case $1 in
    *[!0]*) ;;
    *) refuse "This session's branch may not be deleted or renamed: $branch." ;;
    esac
    ;;
  "$refs"* | refs/bisect/* | refs/worktree/* | refs/rewritten/*) ;;
  refs/stash)
    refuse 'The stash is shared by all worktrees, so no session may use it.' \
      "Commit on \${branch#refs/heads/} instead. Tools that stash by themselves need an option (lint-staged: --no-stash)."
    ;;
  */*)
    refuse "This session may not write the reference $2." \
      "Its commits go on \${branch#refs/heads/}, other branches of its own below \${refs#refs/heads/}. The rest is the operator's."
    ;;
  HEAD)
    case $1 in
    ref:"$refs"*) ;;
    ref:*) refuse "This worktree's HEAD may not go to \${1#ref:}." "The session works on \${branch#refs/heads/}." ;;
    esac
    ;;
  esac
}

judge_refs() {
  input=
  while IFS= read -r line; do
    rest=\${line#* }
    judge_ref "\${rest%% *}" "\${rest#* }"
    input="$input$line
"
  done
}

judge_push() {
  input=
  while read -r from old to new; do
    case $to in
    "$refs"*) ;;
    *) refuse "This session may not push to $to." "Landing and publishing are the operator's." ;;
    esac
    input="$input$from $old $to $new
"
  done
}

judge_staged() {
  set -f
  IFS='
'
  unsure=
  paths=$(git -c core.quotePath=false diff-index --cached --name-only --no-renames --ignore-submodules=none HEAD --) ||
    unsure=yes
  for path in $paths; do
    owned "$path" && continue
    unsure=yes
    break
  done
  set +f
  unset IFS
  [ -n "$unsure" ] || return 0
  [ -x "$node" ] || refuse 'This commit holds paths that cannot be judged: Node is gone.' "It was $node."
  git diff --cached --name-only --no-renames --no-ext-diff --ignore-submodules=none -z |
    NODE_OPTIONS='' "$node" "$program" staged "$session.json" || exit 1
}

case $name in
reference-transaction)
  if [ "$1" = prepared ]; then
    judge_refs
    theirs || exit 0
    printf %s "$input" | "$hook" "$@"
    exit
  fi
  ;;
pre-push)
  judge_push
  theirs || exit 0
  printf %s "$input" | "$hook" "$@"
  exit
  ;;
pre-commit)
  judge_staged
  theirs && own=yes || own=
  pass_on
  [ -n "$own" ] || exit 0
  exec "$hook" "$@"
  ;;
esac

theirs || exit 0
exec "$hook" "$@"
`
