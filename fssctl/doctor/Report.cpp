// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Report.h"

#include <algorithm>
#include <fmt/format.h>

namespace fss::doctor {

namespace {

using Json = nlohmann::ordered_json;

size_t count(const Findings &findings, Verdict verdict)
{
	return static_cast<size_t>(
	        std::count_if(findings.begin(), findings.end(),
	                      [&](const auto &finding) { return finding.verdict == verdict; }));
}

Json asJson(const Remedy &remedy)
{
	Json json;
	if (!remedy.command.empty()) {
		json["command"] = remedy.command;
	} else {
		json["file"] = remedy.file;
		json["section"] = remedy.section;
		json["removes"] = remedy.removes;
		json["line"] = remedy.line;
	}
	if (!remedy.choices.empty())
		json["choices"] = remedy.choices;
	return json;
}

Json asJson(const Finding &finding)
{
	Json json;
	json["check"] = finding.check;
	json["share"] = finding.share.empty() ? Json() : Json(finding.share);
	json["status"] = name(finding.verdict);
	json["text"] = finding.text;
	json["remedies"] = Json::array();
	for (const auto &remedy : finding.remedies)
		json["remedies"].push_back(asJson(remedy));
	return json;
}

} // namespace

Json asJson(const Findings &findings)
{
	Json json;
	json["status"] = name(gravest(findings));
	json["errors"] = count(findings, Verdict::Error);
	json["warnings"] = count(findings, Verdict::Warning);
	json["findings"] = Json::array();
	for (const auto &finding : findings)
		json["findings"].push_back(asJson(finding));
	return json;
}

std::string summary(const Findings &findings)
{
	return fmt::format("{} error(s), {} warning(s) in {} steps",
	                   count(findings, Verdict::Error), count(findings, Verdict::Warning),
	                   findings.size());
}

} // namespace fss::doctor
