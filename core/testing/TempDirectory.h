// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <stdlib.h>
#include <string>

namespace fss {

/// A directory of a test's own, removed at its end with all in it.
class TempDirectory {
public:
	TempDirectory()
	{
		if (mkdtemp(path_.data()) == nullptr)
			throw std::runtime_error("mkdtemp");
	}
	~TempDirectory()
	{
		std::error_code ignored;
		std::filesystem::remove_all(path_, ignored);
	}
	TempDirectory(const TempDirectory &) = delete;
	TempDirectory &operator=(const TempDirectory &) = delete;

	std::string path(const std::string &name) const { return path_ + "/" + name; }
	std::string directory(const std::string &name) const
	{
		std::filesystem::create_directories(path(name));
		return path(name);
	}
	std::string write(const std::string &name, const std::string &text) const
	{
		std::ofstream(path(name), std::ios::binary) << text;
		return path(name);
	}

private:
	std::string path_ = std::filesystem::temp_directory_path().string() + "/fss-test-XXXXXX";
};

} // namespace fss
