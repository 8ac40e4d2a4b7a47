package inspect_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/docs"
	"lastpost/internal/inspect"
)

// The pages and the manual explain a rule with the same words: the table of the manual is the steps.
func TestTroubleshootingHasTheSteps(t *testing.T) {
	var rows strings.Builder
	for _, step := range (&inspect.Record{}).Steps() {
		rows.WriteString("| `" + strings.Join(step.Rules, "`, `") + "` | " + step.Meaning + " | " + step.Remedy + " |\n")
	}
	page, err := docs.Pages.ReadFile("troubleshooting.md")
	require.NoError(t, err)
	if !strings.Contains(string(page), "|---|---|---|\n"+rows.String()+"\n") {
		t.Errorf("the table of rules in docs/troubleshooting.md must be:\n%s", rows.String())
	}
}

// Each rule on a page links to its row in the manual, which is part of the program.
func TestEveryRuleLinksToTheManual(t *testing.T) {
	for _, step := range (&inspect.Record{}).Steps() {
		for _, rule := range step.Rules {
			d := newPageFixture(t, refusedExchange(exchange("r1"), rule))
			_, page := d.get("/exchanges/1")
			require.Contains(t, page, `<a class="code" href="/manual/troubleshooting#row-`+rule+`">`+rule+`</a>`)
			require.Contains(t, pageText(page), "What to do: "+strings.ReplaceAll(step.Remedy, "`", "")+".")
			_, manual := d.get("/manual/troubleshooting")
			require.Contains(t, manual, `<code id="row-`+rule+`">`)
			_, list := d.get("/")
			require.Contains(t, list, "/manual/troubleshooting#row-"+rule)
		}
	}
}

func TestManualWorksWithoutTheNetwork(t *testing.T) {
	d := newPageFixture(t)
	for path, want := range map[string]string{
		"/manual": "<h1", "/manual/README": "/manual/vps", "/manual/inspector": "The inspector", "/manual/configuration": "timezone",
	} {
		status, page := d.get(path)
		require.Equal(t, 200, status, path)
		require.Contains(t, page, want)
		require.NotContains(t, page, "<img")
	}
	for _, path := range []string{"/manual/x", "/manual/..%2fdocs.go", "/manual/docs.go", "/manual/README.md"} {
		status, page := d.get(path)
		require.Equal(t, 404, status, path)
		require.Contains(t, page, "does not have this chapter", path)
	}
}
