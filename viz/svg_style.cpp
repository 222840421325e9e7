// The style sheet of the drawings: what is dark and what is light stands in variables, the rest is said once.

#include <fmt/format.h>

#include "viz/palette.hpp"
#include "viz/svg.hpp"

namespace nslab::viz {

namespace {

std::string variables(const Palette& p) {
    std::string out = fmt::format("--paper:{};--ink:{};--soft:{};--node:{};--line:{};--box:{};--frame:{};--fresh:{};"
                                  "--changed:{};--gone:{};",
                                  p.paper, p.ink, p.soft, p.node, p.line, p.box, p.frame, p.fresh, p.changed, p.gone);
    for (std::size_t i = 1; i < p.tints.size(); ++i)
        out += fmt::format("--f{}:{};--l{}:{};", i, p.tints[i].fill, i, p.tints[i].line);
    return out;
}

std::string tints() {
    std::string out = "\n";
    for (std::size_t i = 1; i < kLight.tints.size(); ++i)
        out += fmt::format(".nslab .t{0}{{--fill:var(--f{0});--stroke:var(--l{0})}}", i);
    return out;
}

constexpr const char* kRules = R"(
.nslab{font-family:system-ui,"Segoe UI","Helvetica Neue",Arial,"DejaVu Sans",sans-serif;background:var(--paper)}
.nslab .paper{fill:var(--paper)}
.nslab text{fill:var(--ink);stroke:none;white-space:pre}
.nslab .head{font-size:19px;font-weight:650}
.nslab .caption{font-size:13.5px;fill:var(--soft)}
.nslab .title{font-size:14px;font-weight:650}
.nslab .detail,.nslab .mark,.nslab .label{font-size:11.5px}
.nslab .detail{fill:var(--soft)}
.nslab .mid{text-anchor:middle}
.nslab .label{paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round;fill:var(--stroke)}
.nslab .el,.nslab .sample{--fill:var(--node);--stroke:var(--line)}
.nslab .box{--fill:var(--box);--stroke:var(--frame)}
.nslab .edge{--stroke:var(--soft)}
.nslab .shape,.nslab .frame{fill:var(--fill);stroke:var(--stroke);stroke-width:1.4}
.nslab .inner{fill:none;stroke:var(--stroke);stroke-width:1.2}
.nslab .line{fill:none;stroke:var(--stroke);stroke-width:1.4}
.nslab .line.wide{stroke-width:4.4}
.nslab .line.heavy{stroke-width:3}
.nslab .core{fill:none;stroke:var(--paper);stroke-width:1.8}
.nslab .dashed{stroke-dasharray:6 4}
.nslab .dotted{stroke-dasharray:1.5 3.5;stroke-linecap:round}
.nslab .tip{fill:var(--stroke);stroke:var(--stroke);stroke-width:1;stroke-linejoin:round}
.nslab .tip.open{fill:var(--paper);stroke-width:1.4}
.nslab .sign{fill:none;stroke:var(--ink);stroke-width:1.4;stroke-linejoin:round;stroke-linecap:round}
.nslab .faint .title,.nslab .faint .mark{fill:var(--soft)}
.nslab .badge{display:none}
.nslab .badge path{fill:var(--c);stroke:var(--paper);stroke-width:1.5}
.nslab .badge .s{fill:none;stroke:var(--paper);stroke-width:2;stroke-linecap:round}
.nslab .b-fresh{--c:var(--fresh)}.nslab .b-changed{--c:var(--changed)}.nslab .b-gone{--c:var(--gone)}
.nslab .fresh>.b-fresh,.nslab .changed>.b-changed,.nslab .gone>.b-gone,.nslab .sample .badge{display:inline}
.nslab .fresh>.v>.shape,.nslab .fresh>.v>.frame{stroke:var(--fresh);stroke-width:2.6}
.nslab .changed>.v>.shape,.nslab .changed>.v>.frame{stroke:var(--changed);stroke-width:2}
.nslab .changed>.v>.inner{stroke:var(--changed)}.nslab .fresh>.v>.inner{stroke:var(--fresh)}
.nslab .gone>.v>.shape,.nslab .gone>.v>.frame{stroke:var(--gone);stroke-width:2;stroke-dasharray:2 5;fill:none}
.nslab .gone>.v>.inner{display:none}
.nslab .along>.badge{display:none!important}
.nslab .gone>.v>text{text-decoration:line-through;fill:var(--soft)}
.nslab .edge.fresh{--stroke:var(--fresh)}.nslab .edge.changed{--stroke:var(--changed)}
.nslab .edge.gone>.v{--stroke:var(--gone)}
.nslab .edge.fresh>.v>.line{stroke-width:3}
.nslab .edge.gone>.v>.line{stroke-dasharray:1.5 5}.nslab .edge.along>.v>.line{stroke-width:1.1}
.nslab .v{display:none}.nslab .v.on{display:inline}
.nslab .el{transition:opacity .35s}.nslab .absent{opacity:0;visibility:hidden;pointer-events:none}
@media (prefers-reduced-motion:reduce){.nslab .el{transition:none}}
)";

} // namespace

std::string svg_style() {
    return ".nslab{" + variables(kLight) + "}\n@media (prefers-color-scheme:dark){.nslab{" + variables(kDark) +
           "}}\n.nslab.light,.light .nslab{" + variables(kLight) + "}\n.nslab.dark,.dark .nslab{" + variables(kDark) +
           "}" + tints() + kRules;
}

} // namespace nslab::viz
