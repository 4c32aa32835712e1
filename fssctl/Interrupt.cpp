// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Interrupt.h"

#include <csignal>
#include <initializer_list>

namespace fssctl {

namespace {

volatile std::sig_atomic_t signalled = 0;

void note(int)
{
	signalled = 1;
}

} // namespace

void catchInterrupts()
{
	struct sigaction action {};
	action.sa_handler = note; // without SA_RESTART: poll() returns
	for (const int number : {SIGINT, SIGTERM, SIGHUP})
		sigaction(number, &action, nullptr);
}

bool interrupted()
{
	return signalled != 0;
}

} // namespace fssctl
