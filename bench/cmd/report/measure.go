package main

import (
	"bufio"
	"bytes"
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
	mbs    float64 // of JSON, 0 if the benchmark does not say
	perRow float64 // nanoseconds, 0 if the benchmark does not say
	allocs float64 // per operation, -1 if the benchmark does not say
}

// suites are the benchmarks to run, with the package that they are in.
var suites = []struct{ dir, pattern string }{
	{"../resultset", "^Benchmark(Decode|Each|Columns|DatabaseSQL)$"},
	{"../commands", "^BenchmarkParams$"},
	{".", "^Benchmark(Path|Transport|Zlib|Far|Latency|Sessions|BulkRows)$"},
}

// measure runs all suites, in turns, and returns the median of each benchmark by its name.
func measure(rounds int, benchtime string) (map[string]figure, error) {
	samples := map[string][]figure{}
	for round := range rounds {
		for _, s := range suites {
			fmt.Fprintf(os.Stderr, "round %d of %d: %s\n", round+1, rounds, s.dir)
			cmd := exec.Command("go", "test", "-run", "^$", "-bench", s.pattern, "-benchtime", benchtime, "-benchmem", s.dir)
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				return nil, fmt.Errorf("benchmarks in %s: %w\n%s", s.dir, err, out)
			}
			parse(out, samples)
		}
	}
	figures := map[string]figure{}
	for name, s := range samples {
		slices.SortFunc(s, func(a, b figure) int {
			if a.ns < b.ns {
				return -1
			}
			return 1
		})
		figures[name] = s[len(s)/2]
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
