#pragma once
// Catch2 under one name: 2.13 as Debian 12 has it, 3 as Debian 13 has it.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
