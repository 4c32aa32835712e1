// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Command.h"
#include "fssctl/Environment.h"

#include <unistd.h>

namespace fssctl {

Context::Context() : caller_(callerOfJob()) {}

Context::~Context() = default;

void Context::runs(cli::Command &command, Action action)
{
	command.runs([this, action = std::move(action)] { chosen_ = action; });
}

Server *Context::server()
{
	if (server_)
		return server_.get();
	auto opened = Server::open({configFile, logDirectory, account()},
	                           [this](const std::string &line) { output_.say(line); });
	if (!opened) {
		output_.say(opened.error().text());
		return nullptr;
	}
	server_ = std::move(*opened);
	return server_.get();
}

Exit Context::withSurvey(const std::function<Exit(Server &, const Survey &)> &use)
{
	auto *opened = server();
	if (opened == nullptr)
		return Exit::Unusable;
	const auto survey = opened->survey();
	if (!survey)
		return output_.failed(survey.error());
	return use(*opened, *survey);
}

std::string Context::account() const
{
	return accountName(caller_.value_or(getuid()));
}

} // namespace fssctl
