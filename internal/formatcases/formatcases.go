// Package formatcases says what NLS formats of dates and timestamps mean, as tables. The client, exatest and exasqlite
// have a parser each and share no code; their tests all run these tables, so that the three cannot drift apart.
//
// A format is one of three kinds. The client reads and writes time.Time by an exact one. A format that is shown writes
// values as text, and may or may not be read by a server; for the client it is text. A format that is refused has an
// element of which no documentation says what it means.
package formatcases

import "time"

// Case is a format and what it makes of a moment.
type Case struct {
	Format string
	Moment string // what is written: 2024-06-18 or 2024-06-18 15:04:05.123456789
	Text   string // how a server writes it; empty if the format is refused
	Back   string // what Text says to a server, in the form of Moment; empty if it reads no text by the format
	Exact  bool   // whether the client reads Text as Back and writes Back as Text
}

// Refused reports whether a server does not know the format.
func (c Case) Refused() bool { return c.Text == "" }

// Time reads a moment of the tables, as UTC. It panics if it is not in their form.
func Time(moment string) time.Time {
	const form = "2006-01-02 15:04:05.999999999"
	at, err := time.Parse(form[:min(len(moment), len(form))], moment)
	if err != nil {
		panic(err)
	}
	return at
}

// Bad is a text that does not fit its format, or names a moment that does not exist.
type Bad struct{ Format, Text string }

const (
	day      = "2024-06-18" // a Tuesday, day 170 in week 25
	at       = "2024-06-18 15:04:05.123456789"
	midnight = "2024-06-18 00:00:00"
	noon     = "2024-06-18 12:00:00"
)

func exact(format, moment, text, back string) Case { return Case{format, moment, text, back, true} }

func shown(format, moment, text, back string) Case { return Case{format, moment, text, back, false} }

func refused(format string) Case { return Case{Format: format, Moment: at} }

// Cases returns the table of formats: which there are, how they are written, and how they are read.
func Cases() []Case {
	list := append(exactCases(), twelveHours()...)
	list = append(list, shownCases()...)
	for _, format := range refusedFormats {
		list = append(list, refused(format))
	}
	return list
}

func exactCases() []Case {
	const second = "2024-06-18 15:04:05"
	return []Case{
		exact("YYYY-MM-DD HH:MI:SS", at, second, second),
		exact("YYYY-MM-DD HH24:MI:SS", at, second, second),
		exact("YYYY-MM-DD HH:MI:SS", midnight, midnight, midnight),
		exact("YYYY-MM-DD HH:MI:SS", noon, noon, noon),
		exact("YYYY-MM-DD HH24:MI:SS", midnight, midnight, midnight),
		exact("YYYY-MM-DD HH:MI:SS.FF6", at, second+".123456", second+".123456"),
		exact("YYYY-MM-DD HH24:MI:SS.FF1", at, second+".1", second+".1"),
		exact("YYYY-MM-DD HH24:MI:SS.FF2", at, second+".12", second+".12"),
		exact("YYYY-MM-DD HH24:MI:SS.FF3", at, second+".123", second+".123"),
		exact("YYYY-MM-DD HH24:MI:SS.FF4", at, second+".1234", second+".1234"),
		exact("YYYY-MM-DD HH24:MI:SS.FF5", at, second+".12345", second+".12345"),
		exact("YYYY-MM-DD HH24:MI:SS.FF6", at, second+".123456", second+".123456"),
		exact("YYYY-MM-DD HH24:MI:SS.FF7", at, second+".1234567", second+".1234567"),
		exact("YYYY-MM-DD HH24:MI:SS.FF8", at, second+".12345678", second+".12345678"),
		exact("YYYY-MM-DD HH24:MI:SS.FF9", at, at, at),
		exact("YYYY-MM-DD HH24:MI:SS.FF3", "2024-03-07 09:05:06.012345678", "2024-03-07 09:05:06.012", "2024-03-07 09:05:06.012"),
		exact("yyyy-mm-dd hh24:mi:ss.ff6", at, second+".123456", second+".123456"),
		exact("Yyyy-Mm-dD Hh:mI:Ss.Ff1", at, second+".1", second+".1"),
		exact("YYYY-MM-DD", day, day, day),
		exact("YYYY-MM-DD", at, day, day),
		exact("YYYY-MM-DD HH24", at, "2024-06-18 15", "2024-06-18 15:00:00"),
		exact("DD.MM.YYYY", day, "18.06.2024", day),
		exact("MM/DD/YYYY", day, "06/18/2024", day),
		exact("YYYYMMDD", day, "20240618", day),
		exact("DD_MM:YYYY", day, "18_06:2024", day),
		exact(`YYYY\MM;DD`, day, `2024\06;18`, day),
		exact("YYYY--MM//DD", day, "2024--06//18", day),
		exact("DD-MM-YYYY", "0001-02-03", "03-02-0001", "0001-02-03"),
		exact("DD-MM-YYYY", "9999-12-31", "31-12-9999", "9999-12-31"),
		exact("YYYYMMDDHH24MISSFF3", at, "20240618150405123", second+".123"),
		exact("YYYYMMDDHHMISS", at, "20240618150405", second),
		exact("SS;MI HH24 YYYY_DD_MM", at, "05;04 15 2024_18_06", second),
	}
}

// meridians are the forms of the element and what stands in their place before and from noon on.
var meridians = []struct{ element, morning, afternoon string }{
	{"AM", "AM", "PM"},
	{"PM", "AM", "PM"},
	{"am", "am", "pm"},
	{"pm", "am", "pm"},
	{"A.M.", "A.M.", "P.M."},
	{"P.M.", "A.M.", "P.M."},
	{"a.m.", "a.m.", "p.m."},
	{"p.m.", "a.m.", "p.m."},
}

// twelveHours are the formats with HH12: every form of the meridian, on both sides of noon and midnight.
func twelveHours() []Case {
	var list []Case
	for _, m := range meridians {
		format := "YYYY-MM-DD HH12:MI:SS " + m.element
		for _, c := range []struct{ clock, twelve, meridian string }{
			{"00:00:00", "12:00:00", m.morning},
			{"00:59:59", "12:59:59", m.morning},
			{"01:00:00", "01:00:00", m.morning},
			{"11:59:59", "11:59:59", m.morning},
			{"12:00:00", "12:00:00", m.afternoon},
			{"12:59:59", "12:59:59", m.afternoon},
			{"13:00:00", "01:00:00", m.afternoon},
			{"15:04:05", "03:04:05", m.afternoon},
			{"23:59:59", "11:59:59", m.afternoon},
		} {
			moment := day + " " + c.clock
			list = append(list, exact(format, moment, day+" "+c.twelve+" "+c.meridian, moment))
		}
	}
	return append(list,
		exact("MM/DD/YYYY hh12:mi:ss.ff3 AM", at, "06/18/2024 03:04:05.123 PM", "2024-06-18 15:04:05.123"),
		exact("AM HH12 YYYY-MM-DD", noon, "PM 12 2024-06-18", noon),
		exact("p.m.HH12MISSYYYYMMDD", midnight, "a.m.12000020240618", midnight),
		exact("YYYY-MM-DD HH12 AM.FF3", "2024-06-18 15:00:00.5", "2024-06-18 03 PM.500", "2024-06-18 15:00:00.5"),
	)
}

func shownCases() []Case {
	const (
		monday = "2024-12-30" // in week 1 of the next year
		sunday = "2024-06-16"
	)
	return []Case{
		// Names. The first letter follows that of the element, the others follow its second.
		shown("DD-MON-YYYY", day, "18-JUN-2024", day),
		shown("DD Mon YYYY", day, "18 Jun 2024", day),
		shown("DD mon YYYY", day, "18 jun 2024", day),
		shown("DD mON YYYY", day, "18 jUN 2024", day),
		shown("DD MONTH YYYY", day, "18 JUNE 2024", day),
		shown("DD Month YYYY HH24:MI", "2024-03-07 09:05:00", "07 March 2024 09:05", "2024-03-07 09:05:00"),
		shown("DD month YYYY", "2024-05-07", "07 may 2024", "2024-05-07"),
		shown("Day DD-MM-YYYY", day, "Tuesday 18-06-2024", day),
		shown("DAY DD-MM-YYYY", monday, "MONDAY 30-12-2024", monday),
		shown("day DD-MM-YYYY", sunday, "sunday 16-06-2024", sunday),
		shown("DY DD-MON-YYYY", day, "TUE 18-JUN-2024", day),
		shown("Dy DD-MM-YYYY", day, "Tue 18-06-2024", day),
		shown("dy DD-MM-YYYY", sunday, "sun 16-06-2024", sunday),

		// Days and weeks by number. The week begins on Sunday unless NLS_FIRST_DAY_OF_WEEK says otherwise.
		shown("YYYY-DDD", day, "2024-170", day),
		shown("DDD/YYYY", "2023-01-02", "002/2023", "2023-01-02"),
		shown("IYYY-IW-ID", day, "2024-25-2", ""),
		shown("IYYY-IW-ID", monday, "2025-01-1", ""),
		shown("IYYY-IW-ID", sunday, "2024-24-7", ""),
		shown("YYYY-MM-DD D", sunday, "2024-06-16 1", ""),
		shown("YYYY-MM-DD D", day, "2024-06-18 3", ""),
		shown("YYYY-MM-DD d", "2024-06-22", "2024-06-22 7", ""),
		shown("Q/YYYY", day, "2/2024", ""),
		shown("q/yyyy", "2024-12-31", "4/2024", ""),
		shown("YYYY-MM-DD CC", day, "2024-06-18 21", ""),
		shown("CC", "2000-12-31", "20", ""),
		shown("CC", "2001-01-01", "21", ""),

		// Years without their century, as of which nothing says how a text is read.
		shown("DD.MM.YY", day, "18.06.24", ""),
		shown("DD.MM.YYY", day, "18.06.024", ""),
		shown("DD.MM.Y", day, "18.06.4", ""),
		shown("YY-MM-DD", "2009-01-02", "09-01-02", ""),

		// Parts of a moment. What is missing after the year is the beginning.
		shown("YYYY", at, "2024", "2024-01-01"),
		shown("YYYY-MM", at, "2024-06", "2024-06-01"),
		shown("MM-DD", at, "06-18", ""),
		shown("HH24:MI:SS", at, "15:04:05", ""),
		shown("HH12:MI AM", at, "03:04 PM", ""),
		shown("SS.FF9", at, "05.123456789", ""),

		// Two elements for one part.
		shown("YYYY-MM-DD HH24 HH12 AM", at, "2024-06-18 15 03 PM", ""),
		shown("YYYY-MM-DD MON", day, "2024-06-18 JUN", ""),
		shown("YYYY-MON-MONTH-DD", day, "2024-JUN-JUNE-18", ""),
		shown("YYYY-MM-DD DDD", day, "2024-06-18 170", ""),
		shown("YYYY-MM-DDD", day, "2024-06-170", ""),
		shown("YYYY-MM-DD DAY DY", day, "2024-06-18 TUESDAY TUE", ""),
		shown("YYYYY-MM-DD", day, "20244-06-18", ""), // YYYY and Y
	}
}

var refusedFormats = []string{
	// A fraction without a number of digits, or with none.
	"YYYY-MM-DD HH24:MI:SS.FF", "YYYY-MM-DD HH24:MI:SS.FF0", "YYYY-MM-DD HH24:MI:SS.FF10", "YYYY-MM-DD HH24:MI:SS.ff",

	// Text other than the separators.
	`YYYY-MM-DD"T"HH24:MI:SS`, `YYYY-MM-DD"T`, `YYYY-MM-DD""`, "YYYY-MM-DDTHH24:MI:SS", "YYYY-MM-DDtHH24:MI:SS", "YYYY-MM-DDT", "YYYY-MM-DD HH24:MI:SSZ",
	"YYYY-MM-DD HH24:MI:SS,FF3", "DAY, DD MONTH YYYY", "YYYY+MM+DD", "(YYYY-MM-DD)", "YYYY-MM-DD 1", "YYYY-MM-DD\t", "YYYY\u00a0MM\u00a0DD", "YYYY-MM-DD \u00e9",

	// A clock of twelve hours without its half of the day, and the other way round; a meridian in two cases, or half of one.
	"YYYY-MM-DD HH12:MI:SS", "YYYY-MM-DD HH24:MI:SS AM", "YYYY-MM-DD HH:MI:SS AM", "YYYY-MM-DD AM",
	"YYYY-MM-DD HH12 Am", "YYYY-MM-DD HH12 aM", "YYYY-MM-DD HH12 Pm", "YYYY-MM-DD HH12 A.m.", "YYYY-MM-DD HH12 a.M.", "YYYY-MM-DD HH12 A.M", "YYYY-MM-DD HH12 A", "YYYY-MM-DD HH12 M",

	// An element that comes twice, under one name or two.
	"YYYY-MM-DD YYYY", "YYYY-MM-DD DD", "YYYY-MM-DD HH24 HH24", "YYYY-MM-DD HH HH24", "YYYY-MM-DD HH12 AM PM", "YYYY-MM-DD HH12 AM a.m.",
	"YYYY-MM-DD FF3 FF6", "YYYY-MON-DD Mon", "YYYY-MM-DD SSSSS", "YYYY-MM-DD SSSS",

	// Elements of other databases, or of which it is not known what they are.
	"YYYY-MM-DD J", "YYYY-WW", "YYYY-MM W", "RRRR-MM-DD", "DD-RM-YYYY", "FMYYYY-MM-DD", "YEAR", "SYYYY-MM-DD", "IYY-IW", "IY-IW", "I", "UYYYY-UW", "VYYYY-VW",
	"YYYY-MM-DD BC", "YYYY-MM-DD HH24:MI TZH:TZM", "YYYY-MM-DD HH24:MI:SSXFF3", "YYYY-MM-DD TH", "no such format",
}

// BadTexts returns texts that nobody reads by their format.
func BadTexts() []Bad {
	return []Bad{
		{"YYYY-MM-DD", ""},
		{"YYYY-MM-DD", "2024-02-30"},
		{"YYYY-MM-DD", "2024-13-01"},
		{"YYYY-MM-DD", "0000-01-01"},
		{"YYYY-MM-DD", "2024.06.18"},
		{"YYYY-MM-DD", "2024-06-18 15:04:05"},
		{"YYYY-MM-DD", "2024-06"},
		{"YYYY-MM-DD", "2024-06-"},
		{"YYYY-MM-DD HH:MI:SS", "2024-06-18 24:00:00"},
		{"YYYY-MM-DD HH:MI:SS", "2024-06-18 03:04:05 PM"},
		{"YYYY-MM-DD HH:MI:SS", "2024-06-18 15:04:"},
		{"YYYY-MM-DD HH24:MI:SS", "2024-06-18T15:04:05"},
		{"YYYY-MM-DD HH24:MI:SS", "2024-06-18 15:60:05"},
		{"YYYY-MM-DD HH24:MI:SS", "2024-06-18 15:04:60"},
		{"YYYY-MM-DD HH24:MI:SS", "2024-06-18 15:04:05."},
		{"YYYY-MM-DD HH24:MI:SS.FF3", "2024-06-18 15:04:05."},
		{"YYYY-MM-DD HH24:MI:SS.FF3", "2024-06-18 15:04:05,123"},
		{"YYYY-MM-DD HH12:MI:SS AM", "2024-06-18 15:04:05 PM"},
		{"YYYY-MM-DD HH12:MI:SS AM", "2024-06-18 13:04:05 AM"},
		{"YYYY-MM-DD HH12:MI:SS AM", "2024-06-18 00:04:05 AM"},
		{"YYYY-MM-DD HH12:MI:SS AM", "2024-06-18 03:04:05"},
		{"YYYY-MM-DD HH12:MI:SS AM", "2024-06-18 03:04:05 XM"},
		{"YYYY-MM-DD HH12:MI:SS AM", "2024-06-18 03:04:05 P.M."},
		{"YYYY-MM-DD HH12:MI:SS A.M.", "2024-06-18 03:04:05 PM"},
		{"YYYY-MM-DD HH12:MI:SS A.M.", "2024-06-18 03:04:05 P.M"},
		{"YYYY-MM-DD HH12:MI:SS A.M.", "2024-06-18 03:04:05 P\x0eM\x0e"},
		{"DD-MON-YYYY", "18-06-2024"},
		{"DD-MON-YYYY", "18-JUNE-2024"},
		{"DY DD-MON-YYYY", "MON 18-JUN-2024"},
		{"Day DD-MM-YYYY", "Tue 18-06-2024"},
		{"YYYY-DDD", "2023-366"},
		{"YYYY-DDD", "2024-367"},
		{"YYYY-DDD", "2024-000"},
		{"DD.MM.YY", "18.06.24"},
		{"HH24:MI:SS", "15:04:05"},
	}
}
