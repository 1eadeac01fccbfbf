package main

import (
	"fmt"
	"slices"
)

// row is the outcome for one bar.
type row struct {
	bar
	wanted     string
	ours, base string           // what each takes
	ratios     map[measure]span // of the clock, of the CPU where both say it, and of what counts
	limit      float64
	more       bool // more is better
	met        bool
}

// span is a median and the lowest and the highest of all rounds.
type span struct{ median, lowest, highest float64 }

func (s span) String() string {
	return fmt.Sprintf("%.2f (%.2f to %.2f)", s.median, s.lowest, s.highest)
}

// counted is the ratio that counts.
func (r row) counted() span { return r.ratios[r.counts] }

// wide says that the rounds are further apart than the median is from the bar: another run may have the other outcome.
func (r row) wide() bool {
	c := r.counted()
	return c.lowest <= r.limit && r.limit <= c.highest
}

func (b bar) evaluate(figures map[string]figure) (row, error) {
	ours, ok := figures[b.ours]
	if !ok {
		return row{}, fmt.Errorf("%s: no benchmark %s", b.name, b.ours)
	}
	base, err := b.baseline(figures)
	if err != nil {
		return row{}, err
	}
	r := row{bar: b, ours: ours.describe(b.counts), base: base.describe(b.counts), limit: b.least, more: b.least > 0, ratios: map[measure]span{}}
	for _, m := range []measure{clock, cpu, b.counts} {
		if ours.cost(m) > 0 && base.cost(m) > 0 {
			r.ratios[m] = b.span(ours, base, m)
		}
	}
	if _, ok := r.ratios[b.counts]; !ok {
		return row{}, fmt.Errorf("%s: %s and %s do not say how much %s they take", b.name, b.ours, b.base, b.counts)
	}
	if r.wanted = fmt.Sprintf(">= %.4g", b.least); !r.more {
		r.limit, r.wanted = b.most, fmt.Sprintf("<= %.4g", b.most)
	}
	if ratio := r.counted().median; r.more {
		r.met = ratio >= r.limit
	} else {
		r.met = ratio <= r.limit
	}
	if b.noAllocs && ours.allocs != 0 {
		r.what += fmt.Sprintf(" (%.0f allocs/op)", ours.allocs)
		r.met = false
	}
	return r, nil
}

// span returns the ratio of the medians, and the lowest and the highest ratio of a round.
func (b bar) span(ours, base figure, m measure) span {
	ratio := func(ours, base figure) float64 {
		if b.least > 0 {
			ours, base = base, ours
		}
		return ours.cost(m) / base.cost(m)
	}
	s := span{median: ratio(ours, base)}
	var all []float64
	for i := range min(len(ours.rounds), len(base.rounds)) {
		all = append(all, ratio(ours.rounds[i], base.rounds[i]))
	}
	if len(all) == 0 {
		all = []float64{s.median}
	}
	s.lowest, s.highest = slices.Min(all), slices.Max(all)
	return s
}

// baseline returns the figure to compare with: the one named, or the best of several.
func (b bar) baseline(figures map[string]figure) (figure, error) {
	names := b.best
	if len(names) == 0 {
		names = []string{b.base}
	}
	var best figure
	for i, name := range names {
		f, ok := figures[name]
		if !ok {
			return figure{}, fmt.Errorf("%s: no benchmark %s", b.name, name)
		}
		if i == 0 || f.cost(b.counts) < best.cost(b.counts) {
			best = f
		}
	}
	return best, nil
}

// cost returns what a benchmark takes of something: for a byte of JSON if it says how many it moves, else for an operation.
func (f figure) cost(m measure) float64 {
	cost := [...]float64{f.ns, f.cpu, f.bytes}[m]
	if f.moved > 0 {
		cost /= f.moved
	}
	return cost
}

// describe writes the figure in the unit that says most.
func (f figure) describe(m measure) string {
	ns := [...]float64{f.ns, f.cpu, f.ns}[m]
	switch {
	case m == memory:
		return fmt.Sprintf("%.1f MB", f.bytes/1e6)
	case f.perRow > 0:
		return fmt.Sprintf("%.1f ns/row", f.perRow*ns/f.ns)
	case f.moved > 0:
		return fmt.Sprintf("%.0f MB/s", f.moved/ns*1e3)
	case ns < 1e6:
		return fmt.Sprintf("%.1f us", ns/1e3)
	}
	return fmt.Sprintf("%.1f ms", ns/1e6)
}
