# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for fssctl                                -*- shell-script -*-

# Ids of sets, and what else "delete" takes; nothing where fssctl may not be used.
_fssctl_sets() {
	fssctl list --json "$@" 2>/dev/null |
		sed -n 's/^      "id": "\([0-9A-F-]\{36\}\)",$/\1/p'
}

_fssctl_shares() {
	testparm -s 2>/dev/null | sed -n 's/^\[\(.*\)\]$/\1/p' | grep -vx global
}

_fssctl() {
	local cur prev words cword
	_init_completion -s 2>/dev/null || {
		cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
		words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
	}
	local commands='list show delete prune recover create watch stats serve doctor'
	local global='--json --color --configfile --log-basename --socket --help --version'
	local command='' config=() word i
	for ((i = 1; i < cword; i++)); do
		word=${words[i]}
		case $word in
		-s | --configfile) config=(-s "${words[i + 1]}"); ((i++)) ;;
		-l | --log-basename | --socket | --color) ((i++)) ;;
		-*) ;;
		*) [[ -z $command ]] && command=$word ;;
		esac
	done

	case $prev in
	-s | --configfile | --socket) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	-l | --log-basename) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
	--color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur"); return ;;
	--share) mapfile -t COMPREPLY < <(compgen -W "$(_fssctl_shares)" -- "$cur"); return ;;
	--older-than | --wait) return ;;
	esac

	local words_here=''
	case $command in
	'') words_here="$commands" ;;
	show) words_here=$(_fssctl_sets "${config[@]}") ;;
	delete)
		words_here="--share --older-than --all --unfinished --keep-snapshots --yes"
		[[ $cur == -* ]] || words_here+=" $(_fssctl_sets "${config[@]}")"
		;;
	create)
		words_here='--temporary --wait'
		[[ $cur == -* ]] || words_here+=" $(_fssctl_shares)"
		;;
	stats) words_here='--prometheus' ;;
	doctor) words_here=$(_fssctl_shares) ;;
	esac
	[[ $cur == -* ]] && words_here+=" $global"
	mapfile -t COMPREPLY < <(compgen -W "$words_here" -- "$cur")
}

complete -F _fssctl fssctl
