package inspect

import (
	standard "html/template"
	"io"
	"slices"
	"strings"
	"testing"

	template "github.com/DataDog/datadog-agent/pkg/template/html"
	"github.com/stretchr/testify/require"
)

// TestEscapedAsByTheStandardLibrary compares what the copy of html/template puts around each value of each page with what
// the standard library of this Go does: a copy that is behind would be noticed.
func TestEscapedAsByTheStandardLibrary(t *testing.T) {
	p := &Page{}
	p.prepare()
	require.NotEmpty(t, p.pages)
	for name := range p.pages {
		ours := p.pages[name]
		theirs := standard.Must(standard.New("layout.html").Funcs(p.words()).ParseFS(files, "templates/layout.html", "templates/parts.html", "templates/"+name+".html"))
		// Without content they fail, but only after they were escaped.
		_ = ours.ExecuteTemplate(io.Discard, "layout.html", nil)
		_ = theirs.ExecuteTemplate(io.Discard, "layout.html", nil)
		trees := treesOf(ours.Templates())
		require.Equal(t, treesOfStandard(theirs.Templates()), trees, name)
		require.Contains(t, strings.Join(trees, ""), " | _html_template_", "they are escaped")
	}
}

func treesOfStandard(all []*standard.Template) (trees []string) {
	for _, one := range all {
		trees = append(trees, one.Name()+one.Tree.Root.String())
	}
	slices.Sort(trees)
	return trees
}

func treesOf(all []*template.Template) (trees []string) {
	for _, one := range all {
		trees = append(trees, one.Name()+one.Tree.Root.String())
	}
	slices.Sort(trees)
	return trees
}
