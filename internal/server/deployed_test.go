package server_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/faultlog"
	"lastpost/internal/server"
	"lastpost/internal/server/selfcheck"
)

// These patterns find metric names in PromQL, and labels in matchers, groupings and templates.
var (
	metricName   = regexp.MustCompile(`\b(?:lastpost|process|go)_[a-z0-9_]+\b`)
	labelMatcher = regexp.MustCompile(`[{,] *([a-z_]+) *(?:=~|!~|!=|=)"`)
	labelList    = regexp.MustCompile(`\b(?:by|on|without|ignoring) *\(([^)]*)\)`)
	labelShown   = regexp.MustCompile(`\{\{ *(?:\$labels\.)?([a-z_]+) *\}\}`)
	sampleLine   = regexp.MustCompile(`(?m)^([a-z0-9_]+)(?:\{(.*)\})? `)
	sampleLabel  = regexp.MustCompile(`([a-z_]+)="`)
)

// An exportedMetrics maps each metric of a test server to its labels.
type exportedMetrics map[string][]string

func newExportedMetrics(t *testing.T) exportedMetrics {
	t.Helper()
	env := newTestEnv(t)
	skill := newSkill("halfelf", "/alexa", skillID, respondWith("Hello."))
	skill.Feed = func() server.FeedStatus {
		return server.FeedStatus{Posts: 1, Size: 1, Newest: now, LastSuccess: now.Add(-time.Minute), Polls: 2, Failures: 1, OlderPosts: "older posts cannot be fetched"}
	}
	env.server.Skills = []server.ServedSkill{skill}
	env.server.SelfChecks = func() []selfcheck.CheckState { return []selfcheck.CheckState{{Name: "dns", Level: selfcheck.CheckOK}} }
	env.open()
	env.sendSigned(requestSpec{}.body())
	env.send(tamperedRequest(env))
	env.log.awaitLines(t, "request", 2)
	env.server.Faults.Report(faultlog.Fault{Kind: "tls-closed"})
	e := exportedMetrics{}
	for _, line := range sampleLine.FindAllStringSubmatch(env.getPrivate("/metrics").body, -1) {
		labels := []string{}
		for _, label := range sampleLabel.FindAllStringSubmatch(line[2], -1) {
			labels = append(labels, label[1])
		}
		e[line[1]] = labels
	}
	require.Contains(t, e["lastpost_request_duration_seconds_bucket"], "le")
	return e
}

// requireKnownNames checks the metrics and labels in an expression or a text. Prometheus adds the labels job and instance.
func (e exportedMetrics) requireKnownNames(t *testing.T, text string) {
	t.Helper()
	known := []string{"job", "instance"}
	for _, name := range metricName.FindAllString(text, -1) {
		require.Contains(t, e, name, "no such metric: %s", text)
		known = append(known, e[name]...)
	}
	used := []string{}
	for _, found := range labelMatcher.FindAllStringSubmatch(text, -1) {
		used = append(used, found[1])
	}
	for _, found := range labelShown.FindAllStringSubmatch(text, -1) {
		used = append(used, found[1])
	}
	for _, found := range labelList.FindAllStringSubmatch(text, -1) {
		used = append(used, strings.FieldsFunc(found[1], func(c rune) bool { return c == ',' || c == ' ' })...)
	}
	require.Subset(t, known, used, "unknown label: %s", text)
}

// TestAlertsUseExistingMetrics checks that the alerts in deploy/prometheus use only metrics and labels that exist.
func TestAlertsUseExistingMetrics(t *testing.T) {
	e := newExportedMetrics(t)
	content, err := os.ReadFile(filepath.Join("..", "..", "deploy", "prometheus", "alerts.yaml"))
	require.NoError(t, err)
	alerts := strings.Split(string(content), "- alert: ")[1:]
	require.NotEmpty(t, alerts)
	for _, alert := range alerts {
		e.requireKnownNames(t, alert)
	}
}

// A panel is a Grafana panel with the fields that the test reads.
type panel struct {
	ID      int    `json:"id"`
	Type    string `json:"type"`
	Title   string `json:"title"`
	GridPos struct{ H, W, X, Y int }
	Targets []struct {
		Expr         string `json:"expr"`
		LegendFormat string `json:"legendFormat"`
		Datasource   struct {
			UID string `json:"uid"`
		} `json:"datasource"`
	} `json:"targets"`
}

// TestDashboardShowsAllMetrics checks that the dashboard uses existing metrics, and shows each lastpost metric.
func TestDashboardShowsAllMetrics(t *testing.T) {
	e := newExportedMetrics(t)
	content, err := os.ReadFile(filepath.Join("..", "..", "deploy", "grafana", "lastpost.json"))
	require.NoError(t, err)
	var dashboard struct {
		Panels     []panel `json:"panels"`
		Templating struct {
			List []struct {
				Name       string `json:"name"`
				Definition string `json:"definition"`
			} `json:"list"`
		} `json:"templating"`
	}
	require.NoError(t, json.Unmarshal(content, &dashboard))
	for _, variable := range dashboard.Templating.List {
		e.requireKnownNames(t, variable.Definition)
	}
	shown, ids := map[string]bool{}, map[int]bool{}
	for _, p := range dashboard.Panels {
		require.False(t, ids[p.ID], "%q has a duplicate ID", p.Title)
		ids[p.ID] = true
		require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		require.Equal(t, p.Type == "row", len(p.Targets) == 0, p.Title)
		for _, target := range p.Targets {
			require.Equal(t, "${datasource}", target.Datasource.UID, p.Title)
			e.requireKnownNames(t, target.Expr+" "+target.LegendFormat)
			for _, name := range metricName.FindAllString(target.Expr, -1) {
				shown[name] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e)) {
		if strings.HasPrefix(name, "lastpost_") {
			require.True(t, shown[name], "%s is not on a panel", name)
		}
	}
}
