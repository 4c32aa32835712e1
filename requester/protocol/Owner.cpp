// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/protocol/Owner.h"

#include "protocol/Names.h"

#include <algorithm>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <memory>
#include <netdb.h>

namespace fss::requester {

namespace {

bool isAddress(const std::string &host)
{
	in6_addr parsed;
	return inet_pton(AF_INET, host.c_str(), &parsed) == 1 ||
	       inet_pton(AF_INET6, host.c_str(), &parsed) == 1;
}

std::string domainOf(const std::string &host)
{
	const auto dot = host.find('.');
	return dot == host.npos || isAddress(host) ? std::string() : host.substr(dot + 1);
}

// A bare name belongs to the domain of the server that told it.
std::string qualified(const std::string &owner, const std::string &host, const Resolver &resolver)
{
	const std::string domain = domainOf(host);
	if (domain.empty() || isAddress(owner) || owner.find('.') != owner.npos)
		return owner;
	const std::string full = owner + "." + domain;
	return resolver.addresses(full).empty() ? owner : full;
}

bool sameDomain(const std::string &a, const std::string &b)
{
	return !isAddress(a) && !isAddress(b) && sameName(domainOf(a), domainOf(b));
}

Failure foreign(const std::string &host, const std::string &owner, OwnerCheck check)
{
	const bool strict = check == OwnerCheck::Server;
	return {.kind = FailureKind::Refused,
	        .server = host,
	        .step = fmt::format("go on with '{}', which the server names as the share's owner",
	                            owner),
	        .reason = strict ? "it is another machine"
	                         : "it is another machine, and not of the server's domain",
	        .advice = fmt::format(
	                "if it is trusted with the password: --owner-check={}; to stay with '{}': "
	                "--owner-check=ignore",
	                strict ? "domain or any" : "any", host)};
}

} // namespace

std::vector<std::string> SystemResolver::addresses(const std::string &host) const
{
	addrinfo hints{};
	hints.ai_socktype = SOCK_STREAM;
	addrinfo *found = nullptr;
	if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0)
		return {};
	const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
	std::vector<std::string> out;
	for (const addrinfo *each = found; each; each = each->ai_next) {
		char text[NI_MAXHOST];
		if (getnameinfo(each->ai_addr, each->ai_addrlen, text, sizeof(text), nullptr, 0,
		                NI_NUMERICHOST) == 0)
			out.emplace_back(text);
	}
	return out;
}

bool sameMachine(const std::string &a, const std::string &b, const Resolver &resolver)
{
	if (sameName(a, b))
		return true;
	const auto ofA = resolver.addresses(a);
	const auto ofB = resolver.addresses(b);
	return std::ranges::any_of(
	        ofA, [&](const std::string &each) { return std::ranges::count(ofB, each) > 0; });
}

Result<OwnerDecision> decideOwner(const std::string &host, const std::string &owner,
                                  OwnerCheck check, const Resolver &resolver)
{
	if (owner.empty() || sameName(owner, host))
		return OwnerDecision{host, "the server is the owner itself"};
	if (check == OwnerCheck::Ignore)
		return OwnerDecision{
		        host, fmt::format("the owner '{}' is ignored, as was asked for", owner)};
	if (sameName(owner, host.substr(0, host.find('.'))) && !isAddress(host))
		return OwnerDecision{
		        host, fmt::format("the owner '{}' is the server by its short name", owner)};

	const std::string target = qualified(owner, host, resolver);
	if (check == OwnerCheck::Any)
		return OwnerDecision{
		        target,
		        fmt::format("the owner '{}' is believed, as was asked for", target)};
	if (resolver.addresses(target).empty())
		return OwnerDecision{
		        host,
		        fmt::format("the owner '{}' has no address here; it stays with the server",
		                    owner)};
	if (sameMachine(host, target, resolver))
		return OwnerDecision{
		        host, fmt::format("the owner '{}' has the server's address", target)};
	if (check == OwnerCheck::Domain && sameDomain(host, target))
		return OwnerDecision{
		        target, fmt::format("the owner '{}' is of the server's domain", target)};
	return failed(foreign(host, target, check));
}

} // namespace fss::requester
