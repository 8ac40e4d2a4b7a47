package speech

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// hostilePosts returns posts that an attacker could write to overload the service. The keys describe their content.
func hostilePosts() map[string]string {
	var fonts strings.Builder
	for i := range 400 {
		fmt.Fprintf(&fonts, "<font a=%d>", i)
	}
	full := func(before, part string) string {
		return before + strings.Repeat(part, (256<<10-len(before))/len(part))
	}
	return map[string]string{
		"open formatting in each paragraph": full("<p>"+fonts.String(), "<p>x"),
		"nested elements":                   full("", "<div>"),
		"nested bold elements":              full("", "<b>"),
		"end tags without a start tag":      full(strings.Repeat("<i>", 300), "</u>"),
		"nested lists":                      full("", "<ol><li>x"),
		"many rows in nested tables":        full(strings.Repeat("<table><tr><td>", 80), "x<tr><td>"),
		"nested tables":                     full("", "<table><tr><td>"),
		"nested quotations":                 full("", "<blockquote>x"),
		"nested lists and many paragraphs":  full(strings.Repeat("<ul><li>", 120), "<p>x"),
		"line breaks":                       full("x", "<br>"),
		"line breaks and spaces":            full("x", "<br> "),
		"images in a figure":                full("<figure><figcaption>"+strings.Repeat("x ", 50_000)+"</figcaption>", "<img alt=xx>"),
		"read more links":                   full("", "<a>more</a><br>"),
		"footnote links":                    full("", "<a href=#fn>"),
		"one word":                          full("", "x"),
		"one letter with many accents":      full("x", "\u0301"),
		"one sentence":                      full("", "word "),
		"quotes":                            full("x", `"`),
		"brackets after a stop":             full("X.", ")"),
		"stops":                             full("X", "."),
		"spaced stops":                      full("X", " ."),
		"accents after a stop":              full("X.", "\u0301"),
		"questions":                         full("", "A?"),
		"initials":                          full("", "A. "),
		"initials without spaces":           full("", "一."),
		"numbers":                           full("", "1. "),
		"digits after a stop":               full("X. ", "1 "),
		"entities":                          full("", "&amp;"),
		"URLs":                              full("", "http://a "),
		"a long URL":                        full("http://", "a.("),
		"a tag with many attributes":        full("<p ", "a=b "),
		"a tag that does not end":           full("", "<"),
		"comments":                          full("", "<!-->"),
		"classes":                           full("<p class='", "a ") + "'>",
		"abbreviations with a long title":   full("", "<abbr title='x x x x'>"),
		"code":                              full("", "<pre>x"),
	}
}

func TestHostilePostsNeedLimitedTime(t *testing.T) {
	for claim, source := range hostilePosts() {
		t.Run(claim, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begun := time.Now()
			text := Parse(source, englishAnnouncements())
			took := time.Since(begun)
			runtime.ReadMemStats(&after)
			require.Less(t, took, 10*time.Second, "took too long")
			// The measured maximum is 100 MiB. The race detector doubles this number, because it drops some of the
			// objects in sync.Pool.
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(512<<20))
			text.Turns()
		})
	}
}
