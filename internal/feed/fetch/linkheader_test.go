package fetch

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
)

func TestHeaderLink(t *testing.T) {
	base, err := url.Parse("https://blog.test/feed/")
	require.NoError(t, err)
	for _, c := range []struct {
		claim, rel string
		headers    []string
		want       string
	}{
		{"a relation that is a URL", feed.RelAPI, []string{`<https://b.test/wp-json/>; rel="https://api.w.org/"`}, "https://b.test/wp-json/"},
		{"a URL relation is case-sensitive", feed.RelAPI, []string{`<https://b.test/wp-json/>; rel="https://API.w.org/"`}, ""},
		{"other relations are not case-sensitive", "hub", []string{`<https://b.test/>; Rel=HUB`}, "https://b.test/"},
		{"a relation among several", "hub", []string{`<https://b.test/>; rel="self  hub"`}, "https://b.test/"},
		{"a part of a relation does not match", "hub", []string{`<https://b.test/>; rel="github"`}, ""},
		{"a link after another in one header", "hub", []string{`<https://a.test/>; rel=self, <https://b.test/>; rel=hub`}, "https://b.test/"},
		{"a link in the second header", "hub", []string{`<https://a.test/>; rel=self`, `<https://b.test/>; rel=hub`}, "https://b.test/"},
		{"the first of two links counts", "hub", []string{`<https://a.test/>; rel=hub, <https://b.test/>; rel=hub`}, "https://a.test/"},
		{"a comma and a semicolon in the address", "hub", []string{`<https://b.test/a,b;c>; rel=hub`}, "https://b.test/a,b;c"},
		{"a comma and a semicolon in quotation marks", "hub", []string{`<https://a.test/>; title="a, b; <x>; rel=hub\", "; rel=self, <https://b.test/>; rel="hub"`}, "https://b.test/"},
		{"a quoted quotation mark", "hub", []string{`<https://a.test/>; title="\"; rel=\"hub\""; rel=self`}, ""},
		{"a parameter without a value", "hub", []string{`<https://b.test/>; crossorigin; rel=hub;`}, "https://b.test/"},
		{"white space everywhere", "hub", []string{" ,\t<https://b.test/> ; title = \"x\" ;\trel = \"hub\" , "}, "https://b.test/"},
		{"no white space", "hub", []string{`<https://b.test/>;title="x";rel="hub",<x>`}, "https://b.test/"},
		{"a relative address", "next", []string{`<?paged=2>; rel=next`}, "https://blog.test/feed/?paged=2"},
		{"the first relation of a link counts", "hub", []string{`<https://a.test/>; rel=self; rel=hub`}, ""},
		{"a link with an anchor does not count", "hub", []string{`<https://a.test/>; rel=hub; anchor="#x", <https://b.test/>; rel=hub`}, "https://b.test/"},
		{"a link that is not a web address is ignored", "hub", []string{`<mailto:a@b.test>; rel=hub, <https://b.test/>; rel=hub`}, "https://b.test/"},
		{"user info and fragment are removed", "hub", []string{`<https://u:p@b.test/#x>; rel=hub`}, "https://b.test/"},
		{"leading garbage is ignored", "hub", []string{`garbage, <https://b.test/>; rel=hub`}, "https://b.test/"},
		{"unterminated links and quotations", "hub", []string{`<https://b.test/; rel=hub`, `<https://b.test/>; rel="hub`}, "https://b.test/"},
		{"garbage after a quotation is ignored", "hub", []string{`<https://b.test/>; rel="hub"x; y`}, "https://b.test/"},
		{"no link has the relation", "hub", []string{`<https://b.test/>`, "", ",", ";", "<>;rel="}, ""},
		{"an empty first relation counts", "hub", []string{`<https://a.test/>; rel=""; rel=hub`}, ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			got := ""
			if u := HeaderLink(http.Header{"Link": c.headers}, c.rel, base); u != nil {
				got = u.String()
			}
			require.Equal(t, c.want, got)
		})
	}
	require.Nil(t, HeaderLink(nil, "hub", base))
}

func FuzzHeaderLink(f *testing.F) {
	for _, s := range []string{`<https://b.test/>; rel=hub`, `<a,b>; title="x\"; rel=hub", <c>;rel="hub"`, ";=,<>", `<x>;rel="`} {
		f.Add(s)
	}
	base := &url.URL{Scheme: "https", Host: "blog.test", Path: "/feed/"}
	f.Fuzz(func(t *testing.T, value string) {
		if u := HeaderLink(http.Header{"Link": {value}}, "hub", base); u != nil {
			require.True(t, feed.IsWebURL(u), value)
			require.LessOrEqual(t, len(u.String()), feed.MaxLink)
			require.Contains(t, strings.ToLower(value), "hub")
		}
		// Text after the first link does not change the result.
		front := `<https://first.test/>; rel="hub", `
		require.Equal(t, "https://first.test/", HeaderLink(http.Header{"Link": {front + value}}, "hub", base).String())
	})
}
