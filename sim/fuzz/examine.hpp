#pragma once
// What is done about a difference: it is played again, shrunk, and written as a scenario.

#include <string>

#include "sim/fuzz/campaign.hpp"
#include "sim/fuzz/shrink.hpp"

namespace nslab::fuzz {

/// As Judge, as patiently as asked.
using PatientJudge = std::function<DuelResult(const Play&, Patience)>;

/// `play` has shown a difference, `seen`. Where it shows it to `judge` again it is shrunk, until `enough`.
Found examine(const Campaign& campaign, Play play, DuelResult seen, const PatientJudge& judge, const std::string& title,
              const std::function<bool()>& enough);

} // namespace nslab::fuzz
