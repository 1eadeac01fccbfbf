package exatext

// Civil is a date and a time of day without a zone.
type Civil struct {
	Year, Month, Day int // year 1 to 9999
	Hour, Min, Sec   int
	Nanos            int
}

// Valid reports whether there is such a date and time: a day from 0001-01-01 to 9999-12-31 and a time from 00:00 to
// 23:59:59.999999999.
func (c Civil) Valid() bool {
	return 1 <= c.Year && c.Year <= 9999 && 1 <= c.Month && c.Month <= 12 && 1 <= c.Day && c.Day <= daysIn(c.Year, c.Month) &&
		uint(c.Hour) < 24 && uint(c.Min) < 60 && uint(c.Sec) < 60 && uint(c.Nanos) < 1e9
}

// daysIn returns the number of days of a month.
func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// Unix returns the number of seconds since 1970-01-01 00:00:00, taking the date and time as UTC.
func (c Civil) Unix() int64 {
	return Days(c.Year, c.Month, c.Day)*86400 + int64(c.Hour*3600+c.Min*60+c.Sec)
}

// daysTo1970 is the number of days from 0000-03-01 to 1970-01-01.
const daysTo1970 = 719468

// Days returns the number of days from 1970-01-01 to the date, which must be one of the years 1 to 9999.
func Days(year, month, day int) int64 {
	// In a year that begins in March the leap day is the last day. January and February belong to the year before; the sign
	// of month-3 says so, without a branch that the processor would have to guess.
	y := uint32(year) - uint32(month-3)>>31
	century := y / 100
	return int64(365*y+y/4-century+century/4) + int64(daysBefore[month&15]) + int64(day-1-daysTo1970)
}

// daysBefore is how many days lie before a month, from 1 on, in a year that begins in March.
var daysBefore = [16]uint16{1: 306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275}

// Date returns the date that lies this many days after 1970-01-01. ok is false outside of the years 1 to 9999.
func Date(days int64) (year, month, day int, ok bool) {
	const first, last = -719162, 2932896 // 0001-01-01 and 9999-12-31
	if days < first || days > last {
		return 0, 0, 0, false
	}
	// Like Days, but with the divisions turned into multiplications of unsigned numbers: a year begins in March, and
	// both the years of a century and the months of a year follow straight lines. 2939745/2^32 is 4/1461 of a quarter
	// day, and (2141*day+197913)/2^16 is the month, for all days that there are.
	quarter := 4*uint32(days+daysTo1970) + 3
	century := quarter / 146097
	scaled := 2939745 * uint64(quarter%146097|3)
	dayOfYear := uint32(scaled) / 2939745 / 4
	line := 2141*dayOfYear + 197913
	year, month, day = int(100*century+uint32(scaled>>32)), int(line>>16), int(line&0xFFFF)/2141+1
	if dayOfYear >= 306 { // January and February
		year, month = year+1, month-12
	}
	return year, month, day, true
}
