// Package zonedata has the time zones of the database that comes with the Go release, and when their clocks change. It is
// for the tests of everything that turns instants into what clocks show, and back.
package zonedata

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Zones returns every zone of the database in the order of their names, or every step-th of them for a quick look.
func Zones(step int) ([]*time.Location, error) {
	root := os.Getenv("GOROOT")
	if root == "" {
		root = runtime.GOROOT() //nolint:staticcheck // tests run where they are built
	}
	database, err := zip.OpenReader(filepath.Join(root, "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return nil, fmt.Errorf("open time zone database: %w", err)
	}
	defer func() { _ = database.Close() }()
	files := slices.DeleteFunc(database.File, func(f *zip.File) bool { return strings.HasSuffix(f.Name, "/") })
	slices.SortFunc(files, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	var zones []*time.Location
	for i := 0; i < len(files); i += step {
		zone, err := load(files[i])
		if err != nil {
			return nil, fmt.Errorf("time zone %s: %w", files[i].Name, err)
		}
		zones = append(zones, zone)
	}
	return zones, nil
}

func load(f *zip.File) (*time.Location, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return time.LoadLocationFromTZData(f.Name, data)
}

// Changes returns the instants from 1990 to 2037 at which the clocks of a zone are changed, in Unix time and in order, and
// all offsets from UTC that it has had in these years, in seconds. Changes that undo each other within two days are missed.
func Changes(zone *time.Location) (changes []int64, offsets []int) {
	offsetAt := func(sec int64) int {
		_, offset := time.Unix(sec, 0).In(zone).Zone()
		if !slices.Contains(offsets, offset) {
			offsets = append(offsets, offset)
		}
		return offset
	}
	from, to := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(2038, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	const step = 2 * 24 * 60 * 60
	for low := from; low < to; low += step {
		before, after := low, low+step
		if offsetAt(before) == offsetAt(after) {
			continue
		}
		for before+1 < after {
			if middle := (before + after) / 2; offsetAt(middle) == offsetAt(before) {
				before = middle
			} else {
				after = middle
			}
		}
		changes = append(changes, after)
	}
	return changes, offsets
}
