package record

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// mismatch says what was sent and what could have been.
func (p *play) mismatch(request *step) error {
	var b strings.Builder
	fmt.Fprintf(&b, "the transcript %s has no answer to\n\t%s\n", p.transcript.path, request.content.excerpt())
	i, ok := p.due()
	switch {
	case p.transcript.config.anyOrder || request.free():
		i, ok = p.nearest(request)
	case !ok:
		b.WriteString("at the end of its session")
	}
	if ok {
		st := p.rec.steps[i]
		what := "it has here"
		if p.transcript.config.anyOrder || request.free() {
			what = "the nearest request that it has is"
		}
		fmt.Fprintf(&b, "%s, at line %d,\n\t%s\nthe difference, as [-recorded-]{+sent+}, is\n\t%s", what, st.line,
			st.content.excerpt(), difference(st.content.text, request.content.text))
	} else if p.transcript.config.anyOrder {
		b.WriteString("and no request of its kind")
	}
	if same := p.rec.byKey[request.content.key]; len(same) > 0 {
		for n, i := range same {
			if n == 0 {
				b.WriteString("\nthe same request is at line ")
			} else {
				b.WriteString(", ")
			}
			fmt.Fprint(&b, p.rec.steps[i].line)
			if p.used[i] {
				b.WriteString(" (played)")
			}
		}
	}
	return errors.New(b.String())
}

// nearest is the step with the same command that has most in common with a request, one that was not played if possible.
func (p *play) nearest(request *step) (index int, ok bool) {
	best := -1
	for i, st := range p.rec.steps {
		if st.command != request.command {
			continue
		}
		prefix, suffix := common(st.content.text, request.content.text)
		score := 2 * (prefix + suffix)
		if !p.used[i] {
			score++
		}
		if score > best {
			index, best = i, score
		}
	}
	return index, best >= 0
}

// difference shows two texts as one, what they have in common shortened.
func difference(was, is string) string {
	if was == is {
		return elide(was, 0, 60) + " (they differ in what is not shown)"
	}
	prefix, suffix := common(was, is)
	var b strings.Builder
	b.WriteString(elide(was[:prefix], 0, 60))
	if gone := was[prefix : len(was)-suffix]; gone != "" {
		b.WriteString("[-" + elide(gone, 80, 40) + "-]")
	}
	if added := is[prefix : len(is)-suffix]; added != "" {
		b.WriteString("{+" + elide(added, 80, 40) + "+}")
	}
	b.WriteString(elide(was[len(was)-suffix:], 60, 0))
	return b.String()
}

// common counts the bytes that two texts share at their begins and at their ends.
func common(a, b string) (prefix, suffix int) {
	n := min(len(a), len(b))
	for prefix < n && a[prefix] == b[prefix] {
		prefix++
	}
	for prefix > 0 && prefix < len(a) && !utf8.RuneStart(a[prefix]) {
		prefix--
	}
	for suffix < n-prefix && a[len(a)-1-suffix] == b[len(b)-1-suffix] {
		suffix++
	}
	for suffix > 0 && !utf8.RuneStart(a[len(a)-suffix]) {
		suffix--
	}
	return prefix, suffix
}

// elide keeps the first and the last bytes of a text.
func elide(s string, first, last int) string {
	if len(s) <= first+last+3 {
		return s
	}
	for first > 0 && !utf8.RuneStart(s[first]) {
		first--
	}
	tail := len(s) - last
	for tail < len(s) && !utf8.RuneStart(s[tail]) {
		tail++
	}
	return s[:first] + "..." + s[tail:]
}

// excerpt is enough of a request to know it again.
func (c content) excerpt() string { return elide(c.text, 400, 100) }
