package main

import (
	"fmt"
	"slices"
)

// bar is a ratio that is wanted. Ours stands for our benchmark and base for the baseline; the ratio is base/ours where
// more is better (we are so many times faster), and ours/base where less is.
type bar struct {
	name, what string
	ours, base string
	least      float64 // base/ours is at least this
	most       float64 // or: ours/base is at most this
	noAllocs   bool    // ours allocates nothing
	cpu        bool    // it is the CPU time that counts
	best       []string
}

var bars = []bar{
	{name: "P1", what: "decode vs encoding/json, mixed10", ours: "Decode/mixed10/columns", base: "Decode/mixed10/encoding-json-two-stages", least: 20, noAllocs: true},
	{name: "P1", what: "decode vs encoding/json, narrow", ours: "Decode/narrow/columns", base: "Decode/narrow/encoding-json-two-stages", least: 16, noAllocs: true},
	{name: "P1", what: "decode vs encoding/json, wide", ours: "Decode/wide/columns", base: "Decode/wide/encoding-json-two-stages", least: 40, noAllocs: true},
	{name: "P2", what: "decode vs go-json, mixed10", ours: "Decode/mixed10/columns", base: "Decode/mixed10/go-json", least: 4},
	{name: "P2", what: "decode vs go-json, narrow", ours: "Decode/narrow/columns", base: "Decode/narrow/go-json", least: 3.5},
	{name: "P2", what: "decode vs go-json, wide", ours: "Decode/wide/columns", base: "Decode/wide/go-json", least: 4.5},
	{name: "P3", what: "Each[T] vs database/sql Scan", ours: "Each", base: "DatabaseSQL", least: 12},
	{name: "P4", what: "columns vs database/sql Scan", ours: "Columns", base: "DatabaseSQL", least: 60},
	{name: "P5", what: "path vs peers, mixed10", ours: "Path/columns/mixed10", base: "Path/peer/mixed10", least: 20},
	{name: "P5", what: "path vs peers, narrow", ours: "Path/columns/narrow", base: "Path/peer/narrow", least: 16},
	{name: "P5", what: "path vs peers, wide", ours: "Path/columns/wide", base: "Path/peer/wide", least: 30},
	{name: "P6", what: "path vs discard, mixed10", ours: "Path/columns/mixed10", base: "Path/discard/mixed10", most: 3.5},
	{name: "P6", what: "path vs discard, narrow", ours: "Path/columns/narrow", base: "Path/discard/narrow", most: 6},
	{name: "P6", what: "path vs discard, wide", ours: "Path/columns/wide", base: "Path/discard/wide", most: 2},
	{
		name: "P7b", what: "30 ms away, default vs best fixed size", ours: "Far/default", most: 1.25,
		best: []string{"Far/fixed/2MiB", "Far/fixed/4MiB", "Far/fixed/16MiB", "Far/fixed/64MiB"},
	},
	{name: "P8", what: "path with zlib vs inflating, mixed10", ours: "Zlib/path/mixed10", base: "Zlib/inflate/mixed10", most: 1.15},
	{name: "P8", what: "path with zlib vs inflating, narrow", ours: "Zlib/path/narrow", base: "Zlib/inflate/narrow", most: 1.15},
	{name: "P8", what: "path with zlib vs inflating, wide", ours: "Zlib/path/wide", base: "Zlib/inflate/wide", most: 1.15},
	{name: "P9", what: "encode vs encoding/json from [][]any", ours: "Params/encoder", base: "Params/encoding-json", least: 8},
	{name: "P9", what: "encode structs vs encoding/json from [][]any", ours: "Params/encoder-structs", base: "Params/encoding-json", least: 8},
	{name: "P10", what: "database/sql vs peers, mixed10", ours: "Path/stdlib/mixed10", base: "Path/peer/mixed10", least: 5},
	{name: "P10", what: "database/sql vs peers, narrow", ours: "Path/stdlib/narrow", base: "Path/peer/narrow", least: 5},
	{name: "P10", what: "database/sql vs peers, wide", ours: "Path/stdlib/wide", base: "Path/peer/wide", least: 5},
	{name: "P11", what: "small query vs bare echo", ours: "Latency/query", base: "Latency/echo", most: 1.5},
	{name: "P12", what: "16 sessions vs 16 bare echoes", ours: "Sessions/query", base: "Sessions/echo", most: 1 / 0.6},
	{name: "P13", what: "pooled small query vs bare session", ours: "Latency/pooled", base: "Latency/query", most: 1.1},
	{name: "P15", what: "IMPORT vs copying over sockets", ours: "BulkCopy/import", base: "BulkCopy/socket-import", least: 0.8},
	{name: "P15", what: "EXPORT vs copying over sockets", ours: "BulkCopy/export", base: "BulkCopy/socket-export", least: 0.8},
	{name: "P15", what: "IMPORT vs copying, CPU", ours: "BulkCopy/import", base: "BulkCopy/socket-import", least: 0.8, cpu: true},
	{name: "P15", what: "EXPORT vs copying, CPU", ours: "BulkCopy/export", base: "BulkCopy/socket-export", least: 0.8, cpu: true},
	{name: "P15", what: "IMPORT vs copying, TLS", ours: "BulkCopy/import-tls", base: "BulkCopy/socket-import-tls", least: 0.8},
	{name: "P15", what: "EXPORT vs copying, TLS", ours: "BulkCopy/export-tls", base: "BulkCopy/socket-export-tls", least: 0.8},
	{name: "P17", what: "ImportRows vs Insert, 200,000 rows", ours: "BulkLoad/rows/200000", base: "BulkLoad/insert/200000", least: 3},
	{name: "P18", what: "rows by IMPORT vs csvutil, CPU", ours: "BulkRows/import/rows", base: "BulkRows/import/peer-csvutil", least: 5, cpu: true},
	{name: "P18", what: "rows by IMPORT vs gocsv, CPU", ours: "BulkRows/import/rows", base: "BulkRows/import/peer-gocsv", least: 3.5, cpu: true},
	{name: "P18", what: "rows by IMPORT vs a loop over encoding/csv, CPU", ours: "BulkRows/import/rows", base: "BulkRows/import/peer-loop", least: 2, cpu: true},
	{name: "P18", what: "rows by EXPORT vs csvutil, CPU", ours: "BulkRows/export/rows", base: "BulkRows/export/peer-csvutil", least: 5, cpu: true},
	{name: "P18", what: "rows by EXPORT vs a loop over encoding/csv, CPU", ours: "BulkRows/export/rows", base: "BulkRows/export/peer-loop", least: 2.2, cpu: true},
	{name: "P18", what: "columns by EXPORT vs a loop over encoding/csv, CPU", ours: "BulkRows/export/columns", base: "BulkRows/export/peer-loop", least: 4.5, cpu: true},
}

// row is the outcome for one bar.
type row struct {
	name, what, wanted string
	ours, base         string
	ratio, bar         float64
	lowest, highest    float64 // ratio of a round
	more               bool    // more is better
	met                bool
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
	r := row{name: b.name, what: b.what, ours: ours.String(), base: base.String(), bar: b.least, more: b.least > 0}
	our, their := ours.ns, base.ns
	if b.cpu {
		our, their = ours.cpu, base.cpu
		r.ours, r.base = fmt.Sprintf("%.1f ms", our/1e6), fmt.Sprintf("%.1f ms", their/1e6)
	}
	if r.more {
		r.ratio = their / our
		r.wanted = fmt.Sprintf(">= %.4g", b.least)
		r.met = r.ratio >= b.least
	} else {
		r.ratio = our / their
		r.bar = b.most
		r.wanted = fmt.Sprintf("<= %.4g", b.most)
		r.met = r.ratio <= b.most
	}
	r.lowest, r.highest = b.spread(ours, base)
	if b.noAllocs && ours.allocs != 0 {
		r.what += fmt.Sprintf(" (%.0f allocs/op)", ours.allocs)
		r.met = false
	}
	return r, nil
}

// spread returns the lowest and the highest ratio of a round.
func (b bar) spread(ours, base figure) (lowest, highest float64) {
	var ratios []float64
	for i := range min(len(ours.rounds), len(base.rounds)) {
		our, their := ours.rounds[i].ns, base.rounds[i].ns
		if b.cpu {
			our, their = ours.rounds[i].cpu, base.rounds[i].cpu
		}
		if b.least > 0 {
			our, their = their, our
		}
		ratios = append(ratios, our/their)
	}
	return slices.Min(ratios), slices.Max(ratios)
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
		if i == 0 || f.ns < best.ns {
			best = f
		}
	}
	return best, nil
}

// String writes the figure in the unit that says most.
func (f figure) String() string {
	switch {
	case f.perRow > 0:
		return fmt.Sprintf("%.1f ns/row", f.perRow)
	case f.mbs > 0:
		return fmt.Sprintf("%.0f MB/s", f.mbs)
	case f.ns < 1e6:
		return fmt.Sprintf("%.1f us", f.ns/1e3)
	}
	return fmt.Sprintf("%.1f ms", f.ns/1e6)
}
