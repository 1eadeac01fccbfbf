package exawire_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
)

// FuzzParseDSN checks that what is accepted is valid, and is the same after it was written and read again.
func FuzzParseDSN(f *testing.F) {
	for _, dsn := range []string{
		"exa://sys:pw@exa1..4:8563/SALES?compression=1&tls=skip-verify",
		"exa://a/" + pinA + ":1,[fe80::1%25eth0]/nocertcheck/S?user=u",
		`exa:h:1;user=u;password=a\;b\\;autocommit=off;numericcharacters=,.;`,
		"exa:h;accesstoken=t;urlpath=/x?y;connecttimeout=1m30.5s;peertimeout=0;fetchsize=3;resultsetmaxrows=1;querytimeout=9",
		"exa:h;fingerprint=" + pinB + ";validateservercertificate=no;encryption=on",
		"exa://u:p%40%2f@h?clientname=%00+%F0%9F%98%80&path=%25",
		"exasol://a/" + pairs(pinA) + ":1,b/" + pinB + "/S", "exa://a/" + pairs(pinA[2:]) + ":1", "exa:a/" + pairs(pinA) + "a",
		"exa:;;=;\\;=\\", "exa://:@/?&=", "exa://@@/", "exa://%", "EXA://h/%zz", "exa:h;PORT=007",
	} {
		f.Add(dsn)
	}
	f.Fuzz(func(t *testing.T, dsn string) {
		cfg, err := exawire.ParseDSN(dsn)
		if err != nil {
			if cfg != nil {
				t.Errorf("a configuration beside the error %v", err)
			}
			return
		}
		if _, err := exawire.New(cfg); err != nil {
			t.Fatalf("%q is accepted, but not its configuration: %v", dsn, err)
		}
		again, err := exawire.ParseDSN(cfg.DSN())
		if err != nil {
			t.Fatalf("%q, from %q: %v", cfg.DSN(), dsn, err)
		}
		if diff := cmp.Diff(cfg, again, sameConfig); diff != "" {
			t.Fatalf("%q, from %q (-want +got):\n%s", cfg.DSN(), dsn, diff)
		}
		if !utf8.ValidString(cfg.String()) {
			t.Errorf("%q is not UTF-8", cfg.String())
		}
	})
}

// FuzzDSNSecrets writes a configuration with a secret in it, changes the DSN in one place, and looks for the secret in
// what can be printed.
func FuzzDSNSecrets(f *testing.F) {
	f.Add("sys", "", "", 12, ";")
	f.Add("sys", "a@b", "c/d", 3, "")
	f.Add("", "?", "#", 20, "%")
	f.Add("u", "user=", "1..2", 30, "&")
	f.Fuzz(func(t *testing.T, user, before, after string, at int, piece string) {
		for _, text := range []string{user, before, after, piece} {
			if leaks(text) {
				t.Skip("the secret is given away by the test")
			}
		}
		cfg := &exawire.Config{Host: "exa1", User: user, Password: before + secret + after}
		escape := strings.NewReplacer(`\`, `\\`, ";", `\;`)
		for _, dsn := range []string{cfg.DSN(), "exa:exa1;user=" + escape.Replace(user) + ";password=" + escape.Replace(cfg.Password)} {
			if at >= 0 && at <= len(dsn) {
				dsn = dsn[:at] + piece + dsn[at:]
			}
			got, err := exawire.ParseDSN(dsn)
			switch {
			case err != nil && leaks(fmt.Sprintf("%v %+v %#v", err, err, err)):
				t.Errorf("error for %q holds the secret: %v", dsn, err)
			case err == nil && strings.Contains(got.Password, secret) && leaks(got.String()):
				t.Errorf("%q prints as %s", dsn, got)
			}
		}
		if leaks(cfg.String()) {
			t.Errorf("prints as %s", cfg)
		}
	})
}
