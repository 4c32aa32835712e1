// SPDX-License-Identifier: GPL-3.0-or-later
#include "command_line/LocaleText.h"

#include <array>
#include <cerrno>
#include <iconv.h>
#include <langinfo.h>
#include <locale.h>

namespace fss::cli {

namespace {

constexpr const char *unicode = "UTF-8";

/// Bytes that cannot be converted are taken over.
std::string convert(std::string_view text, const std::string &from, const std::string &to)
{
	auto *const converter = iconv_open(to.c_str(), from.c_str());
	if (converter == reinterpret_cast<iconv_t>(-1))
		return std::string(text);
	std::string input(text);
	std::string output;
	std::array<char, 256> buffer{};
	char *in = input.data();
	size_t left = input.size();
	while (left > 0) {
		char *out = buffer.data();
		size_t room = buffer.size();
		const bool done =
		        iconv(converter, &in, &left, &out, &room) != static_cast<size_t>(-1);
		const int error = errno;
		output.append(buffer.data(), buffer.size() - room);
		if (!done && error != E2BIG) {
			output += *in++;
			left--;
		}
	}
	iconv_close(converter);
	return output;
}

} // namespace

std::string localeCharset()
{
	auto *const locale = newlocale(LC_CTYPE_MASK, "", nullptr);
	if (locale == nullptr)
		return unicode;
	std::string charset = nl_langinfo_l(CODESET, locale);
	freelocale(locale);
	return charset.empty() || charset == "ANSI_X3.4-1968" ? unicode : charset;
}

std::string fromLocale(std::string_view typed, const std::string &charset)
{
	return charset == unicode ? std::string(typed) : convert(typed, charset, unicode);
}

std::string toLocale(std::string_view text, const std::string &charset)
{
	return charset == unicode ? std::string(text)
	                          : convert(text, unicode, charset + "//TRANSLIT");
}

} // namespace fss::cli
