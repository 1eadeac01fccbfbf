package main

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// figure is the median of one benchmark.
type figure struct {
	ns     float64 // per operation
	cpu    float64 // nanoseconds of CPU per operation, 0 if the benchmark does not say
	mbs    float64 // of JSON, 0 if the benchmark does not say
	perRow float64 // nanoseconds, 0 if the benchmark does not say
	allocs float64 // per operation, -1 if the benchmark does not say

	rounds []figure // of which it is the median
}

// suites are where the benchmarks are.
var suites = []struct {
	dir   string
	names []string
}{
	{"../resultset", []string{"Decode", "Each", "Columns", "DatabaseSQL"}},
	{"../commands", []string{"Params"}},
	{".", []string{"Path", "Transport", "Zlib", "Far", "Latency", "Sessions", "BulkCopy", "BulkLoad", "BulkRows"}},
}

// needed returns the benchmarks that some bars compare.
func needed(bars []bar) (names []string) {
	for _, b := range bars {
		names = append(append(names, b.ours), b.best...)
		if b.base != "" {
			names = append(names, b.base)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// patterns returns regular expressions for those of the names that are benchmarks of a suite. There is one for each number
// of parts that names have: a benchmark with fewer parts than its pattern prints nothing. Each may match more than is wanted.
func patterns(names, suite []string) []string {
	var byDepth [][][]string // the parts of names, level by level
	for _, name := range names {
		parts := strings.Split(name, "/")
		if !slices.Contains(suite, parts[0]) {
			continue
		}
		for len(byDepth) <= len(parts) {
			byDepth = append(byDepth, make([][]string, len(byDepth)))
		}
		for i, part := range parts {
			if level := &byDepth[len(parts)][i]; !slices.Contains(*level, part) {
				*level = append(*level, part)
			}
		}
	}
	var all []string
	for _, levels := range byDepth {
		var pattern []string
		for i, level := range levels {
			prefix := ""
			if i == 0 {
				prefix = "Benchmark"
			}
			pattern = append(pattern, "^"+prefix+"("+strings.Join(level, "|")+")$")
		}
		if len(levels) > 0 && levels[0] != nil {
			all = append(all, strings.Join(pattern, "/"))
		}
	}
	return all
}

// measure runs the benchmarks of some names, in turns, and returns the median of each by its name.
func measure(rounds int, benchtime string, names []string) (map[string]figure, error) {
	samples := map[string][]figure{}
	for round := range rounds {
		for _, s := range suites {
			for _, pattern := range patterns(names, s.names) {
				fmt.Fprintf(os.Stderr, "round %d of %d: %s %s\n", round+1, rounds, s.dir, pattern)
				cmd := exec.Command("go", "test", "-run", "^$", "-bench", pattern, "-benchtime", benchtime, "-benchmem", s.dir)
				cmd.Stderr = os.Stderr
				out, err := cmd.Output()
				if err != nil {
					return nil, fmt.Errorf("benchmarks in %s: %w\n%s", s.dir, err, out)
				}
				parse(out, samples)
			}
		}
	}
	figures := map[string]figure{}
	for name, rounds := range samples {
		s := slices.Clone(rounds)
		slices.SortFunc(s, func(a, b figure) int { return cmp.Compare(a.ns, b.ns) })
		f := s[len(s)/2]
		slices.SortFunc(s, func(a, b figure) int { return cmp.Compare(a.cpu, b.cpu) })
		f.cpu, f.rounds = s[len(s)/2].cpu, rounds
		figures[name] = f
	}
	return figures, nil
}

// parse reads lines such as
//
//	BenchmarkPath/columns/wide-2   3   338553326 ns/op   198.09 MB/s   59124965 B/op   1494 allocs/op
func parse(out []byte, samples map[string][]figure) {
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			name = name[:i]
		}
		f := figure{allocs: -1}
		for i := 2; i+1 < len(fields); i += 2 {
			v, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				continue
			}
			switch fields[i+1] {
			case "ns/op":
				f.ns = v
			case "cpu-ns/op":
				f.cpu = v
			case "MB/s":
				f.mbs = v
			case "ns/row":
				f.perRow = v
			case "allocs/op":
				f.allocs = v
			}
		}
		samples[name] = append(samples[name], f)
	}
}
