package resultset_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// Where a column has no times, a value does not turn into text by itself: the type of what any gets does not depend on the
// settings of a session. The error says what to do, and a string gets the text.
func TestValueKeepsItsType(t *testing.T) {
	for _, tt := range []struct {
		name    string
		col     commands.ColumnInfo
		formats resultset.Formats
		text    string
		want    string // part of the error
	}{
		{"format", typedCol("A", commands.Date), resultset.Formats{Date: "DD-Q-YYYY"}, "18-2-2024", `"DD-Q-YYYY"`},
		{"zone", typedCol("A", commands.TimestampLTZ), resultset.Formats{}, "2024-06-18 00:00:00.000000", "is not known"},
		{"database", typedCol("A", commands.TimestampLTZ), resultset.Formats{NoLocation: "no tzdata"}, "2024-06-18 00:00:00.000000", "no tzdata"},
	} {
		var b resultset.Batch
		if _, err := resultset.NewDecoder([]commands.ColumnInfo{tt.col}, tt.formats).Decode(&b, []byte(`[["`+tt.text+`"]]`), 0, 1); err != nil {
			t.Fatal(err)
		}
		v, err := b.Value(0, 0)
		var typ *resultset.TypeError
		if v != nil || !errors.As(err, &typ) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "text") {
			t.Errorf("%s: %v, %v", tt.name, v, err)
		}
		if text, err := b.Text(0); err != nil || text.String(0) != tt.text {
			t.Errorf("%s as text: %v", tt.name, err)
		}
	}
}

// A time that is not one instant is an error of its value that says how to avoid it.
func TestRepeatedAndSkippedTimes(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	first, second := time.Date(2024, 11, 3, 5, 30, 0, 0, time.UTC), time.Date(2024, 11, 3, 6, 30, 0, 0, time.UTC)
	const repeated, skipped = "2024-11-03 01:30:00.000000", "2024-03-10 02:30:00.000000"
	for _, tt := range []struct {
		option commands.RepeatedHour
		text   string
		want   time.Time // zero for an error
	}{
		{commands.RepeatedHourError, repeated, time.Time{}},
		{commands.RepeatedHourFirst, repeated, first},
		{commands.RepeatedHourSecond, repeated, second},
		{99, repeated, time.Time{}},
		{commands.RepeatedHourError, skipped, time.Time{}},
		{commands.RepeatedHourFirst, skipped, time.Time{}},
		{commands.RepeatedHourSecond, skipped, time.Time{}},
	} {
		var b resultset.Batch
		d := resultset.NewDecoder([]commands.ColumnInfo{typedCol("A", commands.TimestampLTZ)}, resultset.Formats{Location: newYork, RepeatedHour: tt.option})
		if _, err := d.Decode(&b, []byte(`[["`+tt.text+`"]]`), 7, 1); err != nil {
			t.Fatal(err)
		}
		v, err := b.Value(0, 0)
		if !tt.want.IsZero() {
			if got, ok := v.(time.Time); err != nil || !ok || !got.Equal(tt.want) || got.Location() != newYork {
				t.Errorf("%s by %d: %v, %v", tt.text, tt.option, v, err)
			}
			continue
		}
		var bad *resultset.ValueError
		if !errors.As(err, &bad) || bad.Text != tt.text {
			t.Errorf("%s by %d: %v, %v", tt.text, tt.option, v, err)
		}
		for _, part := range []string{"row 8", `"A"`, "UTC", "text", "America/New_York"} {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s by %d: %v, %v lacks %s", tt.text, tt.option, v, err, part)
			}
		}
		if text, err := b.Clone().Text(0); err != nil || text.String(0) != tt.text {
			t.Errorf("as text: %v", err)
		}
	}
}
