package exatest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/exatest"
)

// FuzzParseType looks for types that cannot be read after they were written.
func FuzzParseType(f *testing.F) {
	for _, s := range []string{
		"DECIMAL(18,0)", "VARCHAR(10) ASCII", "INTERVAL DAY(3) TO SECOND(6)", "HASHTYPE(16 BYTE)", "TIMESTAMP(6) WITH LOCAL TIME ZONE", "X Y (1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		dt, err := exatest.ParseType(s)
		if err != nil {
			return
		}
		again, err := exatest.ParseType(dt.String())
		if err != nil || again.String() != dt.String() {
			t.Errorf("%q is %q, which is %q, %v", s, dt, again, err)
		}
	})
}

// FuzzTimeFormat checks that what a format writes it also reads, if the format has all parts once, in any order and with
// any separators between them. Other formats must not panic.
func FuzzTimeFormat(f *testing.F) {
	f.Add("YYYY-MM-DD HH24:MI:SS.FF9", uint64(0), int64(0))
	f.Add("MONTH DY HH12 AM YYYY", uint64(12345), int64(1718731333123456789))
	f.Add("FF9h DD, at", uint64(987654321), int64(-1))
	f.Fuzz(func(t *testing.T, format string, order uint64, nanos int64) {
		moment := time.Unix(0, nanos).UTC()
		for _, language := range []string{"ENG", "DEU"} {
			text, err := exatest.WriteTime(format, language, 7, moment)
			if err != nil {
				continue
			}
			back, err := exatest.ReadTime(format, language, text)
			if err != nil {
				continue
			}
			if again, err := exatest.WriteTime(format, language, 7, back); err != nil || again != text {
				t.Errorf("%q: %v becomes %q, that is %v, which becomes %q, %v", format, moment, text, back, again, err)
			}
		}

		parts := []string{"YYYY", "MM", "DD", "HH24", "MI", "SS", "FF9"}
		const separators = `-./: \_`
		format = ""
		for len(parts) > 0 {
			i := int(order % uint64(len(parts)))
			order /= uint64(len(parts))
			format += parts[i] + separators[order%7:order%7+1]
			order /= 7
			parts = slices.Delete(parts, i, i+1)
		}
		text, err := exatest.WriteTime(format, "ENG", 7, moment)
		if err != nil {
			t.Fatal(err)
		}
		back, err := exatest.ReadTime(format, "ENG", text)
		if err != nil || !back.Equal(moment) {
			t.Errorf("%q: %v becomes %q and that %v, %v", format, moment, text, back, err)
		}
	})
}

// FuzzTransfer looks at statements as releases do that know clauses of IMPORT and EXPORT or do not.
func FuzzTransfer(f *testing.F) {
	for _, seed := range []string{
		"SELECT  'a  b' -- c\n FROM \"x  y\";", "/* a */ import into t from csv at 'https://1.2.3.4:5' public key 'x' file 'y'", "'a b", ";", "--", "\u00a0a\u2003b",
		"EXPORT t INTO CSV AT 'https://[::1]:1' FILE 'a' AT 'https://1.2.3.4' IGNORE CERTIFICATE",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		for _, release := range []string{"7.1.0", "8.32.0", "2025.1.0"} {
			err := exatest.CheckTransfer(release, sql)
			if err != nil && !strings.Contains(strings.ToUpper(sql), "AT") {
				t.Errorf("release %s: %q: %v", release, sql, err)
			}
		}
	})
}
