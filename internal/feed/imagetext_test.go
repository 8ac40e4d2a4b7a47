package feed

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestImageTextIsADescription(t *testing.T) {
	for _, c := range []struct{ claim, alt, src, want string }{
		{"a description", " A cat on a mat ", "https://a.example/cat.jpg", "A cat on a mat"},
		{"a description without an address", "A cat on a mat", "", "A cat on a mat"},
		{"the name of the file", "angies-list", "https://a.example/2011/12/angies-list.png", ""},
		{"the name of a resized file", "ios2", "https://a.example/ios2-300x200.png", ""},
		{"the name of a file with an extension, a query and a fragment", "ios2", "https://a.example/ios2.png?w=300#top", ""},
		{"a name with brackets and spaces", "screen_500 (1)", "/screen_500-1.png", ""},
		{"a name with another case", "Gilt3", "gilt3.JPG", ""},
		{"words that are the name", "Blue Garden Door", "https://a.example/blue-garden-door-1024x768.jpeg", ""},
		{"a name with percent-encoding", "café", "https://a.example/caf%C3%A9.jpg", ""},
		{"a name with spaces in percent-encoding", "two jars", "https://a.example/Two%20Jars.png", ""},
		{"a file that WordPress scaled down", "jars", "https://a.example/jars-scaled.jpg", ""},
		{"a file that WordPress cropped", "jars", "https://a.example/jars-e1511111111111-150x150.jpg", ""},
		{"a size that belongs to the name", "jars 800x600", "https://a.example/jars-800x600.jpg", ""},
		{"a Japanese name", "瓶", "https://a.example/%E7%93%B6.webp", ""},
		{"a name without an extension", "jars", "https://a.example/jars", ""},
		{"a name with a number of a copy", "cold-cellar", "https://a.example/cold-cellar-1-300x200.jpg", ""},
		{"a name with two extensions", "gilt3", "https://a.example/gilt3.jpg.webp", ""},
		{"a file for sharp screens", "gilt3", "https://a.example/gilt3@2x.png", ""},
		{"a file of Substack", "cold-jar", "https://substackcdn.com/image/fetch/w_1456,c_limit/https%3A%2F%2Fa.example%2Fpublic%2Fcold-jar.png", ""},
		{"a file of Next.js", "cold-jar", "https://a.example/_next/image?url=%2Fcold-jar.png&w=640&q=75", ""},
		{"words with a number", "Jars", "https://a.example/jars-12.jpg", "Jars"},
		{"a part of the name", "jars", "https://a.example/two-jars.jpg", "jars"},
		{"the folder's name", "jars", "https://a.example/jars/1.jpg", "jars"},
		{"marks only", "–", "https://a.example/-.png", "–"},
		{"an invalid percent-encoding", "100%x", "https://a.example/100%x.png", ""},
		{"a share button", "Add to Facebook", "https://a.example/fb.gif", ""},
		{"a share button with this", "Share this on Google +", "", ""},
		{"a share button of StumbleUpon", "Stumble It!", "", ""},
		{"a share button in German", "Auf Facebook teilen", "", ""},
		{"a share button in French", "Partager sur Twitter", "", ""},
		{"a share button in Spanish", "Compartir en WhatsApp", "", ""},
		{"a share button in Italian", "Condividi su Facebook", "", ""},
		{"a share button in Portuguese", "Compartilhe no Facebook", "", ""},
		{"a share button in Dutch", "Delen op Facebook", "", ""},
		{"a share button in Japanese", "Facebookでシェア", "", ""},
		{"a logo", "Facebook", "", "Facebook"},
		{"a sentence about sharing", "Share this on Facebook and win a jar", "", "Share this on Facebook and win a jar"},
		{"a long text", strings.Repeat("a jar ", 200) + "!", "", strings.Repeat("a jar ", 200) + "!"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			for _, name := range []string{"src", "data-src"} {
				attributes := map[string]string{"alt": c.alt, name: c.src}
				require.Equal(t, c.want, ImageText(func(name string) string { return attributes[name] }))
			}
		})
	}
}
