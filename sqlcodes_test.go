package exawire_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
)

func TestSQLCodesTable(t *testing.T) {
	codes := exawire.AllCodes()
	valid := regexp.MustCompile(`^[0-9A-Z]{5}$`)
	classes := []exawire.ErrorClass{
		exawire.ClassStatement, exawire.ClassLogin, exawire.ClassCancelled, exawire.ClassRetry, exawire.ClassRolledBack, exawire.ClassGone,
		exawire.ClassUnknown,
	}
	sources := []string{"specification", "documentation", "tests of other clients", "inference"}
	for i, c := range codes {
		if !valid.MatchString(c.Code) {
			t.Errorf("code %q is not five digits and letters", c.Code)
		}
		if i > 0 && codes[i-1].Code >= c.Code {
			t.Errorf("%s follows %s", c.Code, codes[i-1].Code)
		}
		if !slices.Contains(classes, c.Class) {
			t.Errorf("%s has the class %q", c.Code, c.Class)
		}
		if !slices.Contains(sources, c.Source) {
			t.Errorf("%s has the source %q", c.Code, c.Source)
		}
		if c.Meaning == "" || strings.TrimSpace(c.Meaning) != c.Meaning || strings.HasSuffix(c.Meaning, ".") {
			t.Errorf("%s means %q", c.Code, c.Meaning)
		}
		if got := (&exawire.Error{SQLCode: c.Code}).Class(); got != c.Class {
			t.Errorf("an error with %s has the class %q, want %q", c.Code, got, c.Class)
		}
	}
}

// TestSQLCodesClasses lists the codes whose class makes programs do something.
func TestSQLCodesClasses(t *testing.T) {
	want := map[exawire.ErrorClass][]string{
		exawire.ClassLogin:      {"08004", "28900"},
		exawire.ClassCancelled:  {"40007", "R0001", "R0003"},
		exawire.ClassRetry:      {"40001"},
		exawire.ClassRolledBack: {"40002", "40003", "40005", "40008", "40010", "40011", "40017", "40019"},
		exawire.ClassGone:       {"08001", "40004", "40009", "40018", "40020"},
		exawire.ClassUnknown:    {"00000"},
	}
	got := map[exawire.ErrorClass][]string{}
	for _, c := range exawire.AllCodes() {
		if c.Class != exawire.ClassStatement {
			got[c.Class] = append(got[c.Class], c.Code)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSQLCodeConstantsAreInTheTable(t *testing.T) {
	for _, code := range []string{
		exawire.CodeUnknown, exawire.CodeLoginRejected, exawire.CodeCollision, exawire.CodeAbortRolledBack, exawire.CodeSyntax,
		exawire.CodeQueryTimeout, exawire.CodeQueryAborted,
	} {
		if !slices.ContainsFunc(exawire.AllCodes(), func(c exawire.CodeInfo) bool { return c.Code == code }) {
			t.Errorf("%s is missing", code)
		}
	}
}

func TestClassOfUnknownCodes(t *testing.T) {
	for _, code := range []string{"", "40000", "4000", "400011", "08000", "r0001", "\x00"} {
		if got := (&exawire.Error{SQLCode: code}).Class(); got != exawire.ClassUnknown {
			t.Errorf("an error with %q has the class %q", code, got)
		}
	}
}

func TestSQLCodesIsACopy(t *testing.T) {
	exawire.AllCodes()[0].Code = "changed"
	if got := exawire.AllCodes()[0].Code; got != "00000" {
		t.Errorf("the first code is %q", got)
	}
}

func TestVersion(t *testing.T) {
	if !regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9a-z.]+)?$`).MatchString(exawire.Version) {
		t.Errorf("version is %q", exawire.Version)
	}
}
