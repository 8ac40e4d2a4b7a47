package decode

import (
	"bufio"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSkipPreamble(t *testing.T) {
	const warning = "<br />\n<b>Warning</b>:  Undefined variable $post in <b>/var/www/feed.php</b> on line <b>4</b><br />\n"
	const xdebug = "<br />\n<font size='1'><table class='xdebug-error' dir='ltr'>\n<tr><th align='left' colspan='5'><span>( ! )</span> Notice: x\n<tr><td>1</td></tr>\n</table></font>\n"
	const doc = "<?xml version='1.0'?>\n<!DOCTYPE rss>\n<!-- by hand -->\n<rss version='2.0'></rss>"
	const jsonDoc = `{"version": "https:\/\/jsonfeed.org\/version\/1.1", "items": []}`
	for _, c := range []struct{ claim, body, want string }{
		{"a document alone", doc, doc},
		{"blank lines and a byte order mark", "\n\n\ufeff" + doc, doc},
		{"a PHP warning", warning + doc, doc},
		{"a PHP warning in plain text", "\nWarning: Undefined variable $post in /var/www/feed.php on line 4\n" + doc, doc},
		{"a table of Xdebug", xdebug + doc, doc},
		{"a comment of a cache", "<!-- cached -->" + warning + doc, doc},
		{"a PHP warning before a root without a declaration", warning + "<feed/>", "<feed/>"},
		{"a PHP warning before a JSON Feed", warning + jsonDoc, jsonDoc},
		{"JSON alone", jsonDoc, jsonDoc},
		{"other JSON with a feed in a string", `{"a": "<rss></rss>"}`, `{"a": "<rss></rss>"}`},
		{"a PHP warning alone", warning, warning},
		{"a long text", strings.Repeat("x", SniffSize) + doc, strings.Repeat("x", SniffSize) + doc},
		{"a web page with an example", "<!DOCTYPE html><p>Example: " + doc, "<!DOCTYPE html><p>Example: " + doc},
		{"a part of a web page with an example", "<p>Example:</p><pre>" + doc + "</pre>", "<p>Example:</p><pre>" + doc + "</pre>"},
		{"a page with an example in a comment", "<p>a</p><!-- <rss> --><p>", "<p>a</p><!-- <rss> --><p>"},
		{"a page with an example in a text area", "<p>a</p><textarea>" + doc, "<p>a</p><textarea>" + doc},
		{"a page with an example as text", "<p>a &lt;rss> &lt;?xml</p>", "<p>a &lt;rss> &lt;?xml</p>"},
		{"a page with a title", "<title>a</title>" + doc, "<title>a</title>" + doc},
	} {
		t.Run(c.claim, func(t *testing.T) {
			src := bufio.NewReaderSize(strings.NewReader(c.body), SniffSize)
			SkipPreamble(src, func(name string) bool { return name == "rss" || name == "feed" })
			got, err := io.ReadAll(src)
			require.NoError(t, err)
			require.True(t, c.want == string(got), "%.200q", got)
		})
	}
}
