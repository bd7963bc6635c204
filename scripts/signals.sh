# shellcheck shell=bash
# To be sourced: has what a script runs end in order when the script is told to end.
#   . scripts/signals.sh && in_order make deploy
# Who cancels a workflow signals its shell alone: SIGINT, SIGTERM 7.5 s later, and SIGKILL to everything
# after 2.5 s more. bash would only take note of it when its command has ended, make hands no SIGINT
# on, and Terraform gives its lock back at the first signal but drops everything at the second. So a
# command gets a process group of its own, where neither a terminal nor a runner reaches it but from
# here, and that group is told once, however often this script is.

stopped="" # once it was told to end
group=""   # what runs now

told_to_end() {
  if [ -n "$stopped" ]; then return 0; fi
  stopped=yes
  if [ -n "$group" ]; then kill -INT -- "-$group" 2> /dev/null || true; fi
}
trap told_to_end INT TERM HUP

in_order() { # in_order COMMAND...: its exit status; 130 once this script was told to end
  if [ -n "$stopped" ]; then return 130; fi
  set -m # it gives the command its group, and does not have it ignore SIGINT
  "$@" &
  group=$!
  set +m
  if [ -n "$stopped" ]; then kill -INT -- "-$group" 2> /dev/null || true; fi
  local status=0
  wait "$group" || status=$?
  while kill -0 "$group" 2> /dev/null; do # a signal has ended the waiting, not the command
    status=0
    wait "$group" || status=$?
  done
  group=""
  if [ -n "$stopped" ]; then return 130; fi
  return "$status"
}
