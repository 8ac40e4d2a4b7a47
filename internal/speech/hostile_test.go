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
		"nested code of GeSHi":              full("", "<div><span class=kw1>x</span>"),
		"nested containers of code":         full("", "<div class=crayon-syntax>x"),
		"nested buttons":                    full(strings.Repeat("<div class=button-wrapper>", 200), "<a href=/subscribe/x>y"),
		"links in nested containers":        full(strings.Repeat("<div>", 200), "<a href=/subscribe>y</a>"),
		"classes of furniture":              full("", "<p class='share-x sharing-x social_share_x'>x"),
		"nested superscripts":               full("", "<sup>x"),
		"shortcodes":                        full("", "[gallery]"),
		"shortcodes with a partner":         full("", "[b]x[/b]"),
		"opening shortcodes":                full("", "[js]"),
		"opening shortcodes and an end":     full("", "[js]x ") + "[/js]",
		"shortcodes of code":                full("", "[js]a<br>[/js]"),
		"shortcodes in elements":            full("", "<p>[js]a<p>"),
		"brackets of shortcodes":            full("", "[a "),
		"dollar signs":                      full("", "$"),
		"prices":                            full("", "$5 "),
		"formulas":                          full("", "$x_1$ "),
		"openings of formulas":              full("", `\( x `),
		"openings of formulas with breaks":  full("", `\[<br>$$<br>`),
		"openings of blocks of formulas":    full("", `\begin{a}`),
		"formulas in elements":              full("", "<math>x"),
		"tags":                              full("x. ", "#a "),
		"linked tags":                       full("x. ", "<a class=hashtag>#a</a> "),
		"notes at the end":                  full("", "<p>Read more »"),
		"arrows at the end":                 full("Read more ", "»"),
		"a long post without an end":        full("The post ", "x appeared first on "),
		"bullets":                           full("", "<br>- x"),
		"pictures of tweets":                full("", "pic.twitter.com/x"),
		"file names of images":              full("", "<img alt=a-b src=/c/a-b>"),
		"a long file name":                  full("<img alt='a b' src='/", "a%20"),
		"share buttons":                     full("<img alt='share", " to") + "'>",
		"code with breaks":                  full("<p>", "<code>a<br>b</code>"),
		"nested code with breaks":           full("", "<code>a<br>"),
		"fences":                            full("", "```\nx\n"),
		"fences in paragraphs":              full("", "<p>```<br>x"),
		"shortcodes between elements":       full("<p>", "[ad]<i></i>"),
		"sentences that start like notes":   full("x. ", "Read more: x. "),
		"media after a note":                full("<p>Read more »</p>", "<video></video>"),
		"tags after a note":                 full("<p>Read more »</p>", "<p>Tags: x"),
		"doubled letters":                   full("", "AA. "),
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
