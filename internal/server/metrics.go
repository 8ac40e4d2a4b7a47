package server

import (
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"lastpost/internal/faultlog"
	"lastpost/internal/server/selfcheck"
)

// metrics holds the metrics of one server in its own registry, not in Prometheus's global one. Every label has a limited
// number of values. Otherwise an attacker could fill the memory with new values.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	refusals *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lastpost_requests_total",
			Help: "Requests by skill, request type, intent and outcome (answered, refused, failed). " +
				"Type and intent are empty if the request was not verified.",
		}, []string{"skill", "type", "intent", "outcome"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lastpost_refusals_total",
			Help: "Refused requests by skill and by the rule that they broke.",
		}, []string{"skill", "rule"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "lastpost_request_duration_seconds",
			Help:    "Time from the end of the header to the end of the answer, by skill. Alexa waits about 8 s.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .1, .5, 1, 2.5, 5, 10},
		}, []string{"skill"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "lastpost_build_info", Help: "1, by version.", ConstLabels: prometheus.Labels{"version": s.Version},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.refusals, m.duration, build, &stateCollector{server: s},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) httpHandler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) countRequest(skill *ServedSkill, x *requestRecord) {
	outcome := "answered"
	switch {
	case x.Status >= http.StatusInternalServerError:
		outcome = "failed"
	case x.Err != nil:
		outcome = "refused"
		m.refusals.WithLabelValues(skill.Name, x.Rule).Inc()
	}
	kind, intent := boundedLabel(x.Request.Type, requestTypes()), boundedLabel(x.Request.Intent.Name, skill.Intents)
	m.requests.WithLabelValues(skill.Name, kind, intent, outcome).Inc()
	m.duration.WithLabelValues(skill.Name).Observe(x.elapsed().Seconds())
}

// deleteSkills deletes the metrics and faults of the skills that are in last and not in next.
func (m *metrics) deleteSkills(faults *faultlog.Log, last, next []ServedSkill) {
	for _, skill := range last {
		if slices.ContainsFunc(next, func(other ServedSkill) bool { return other.Name == skill.Name }) {
			continue
		}
		of := prometheus.Labels{"skill": skill.Name}
		m.requests.DeletePartialMatch(of)
		m.refusals.DeletePartialMatch(of)
		m.duration.DeletePartialMatch(of)
		faults.Forget(skill.Name)
	}
}

// boundedLabel returns value if it is known, and otherwise "other", to limit the number of label values.
func boundedLabel(value string, known []string) string {
	if value == "" || slices.Contains(known, value) {
		return value
	}
	return "other"
}

func requestTypes() []string {
	return []string{
		"LaunchRequest", "IntentRequest", "CanFulfillIntentRequest", "SessionEndedRequest", "System.ExceptionEncountered",
		"Alexa.Presentation.APL.UserEvent", "Alexa.Presentation.APL.RuntimeError",
		"AudioPlayer.PlaybackStarted", "AudioPlayer.PlaybackFinished",
		"AudioPlayer.PlaybackStopped", "AudioPlayer.PlaybackNearlyFinished", "AudioPlayer.PlaybackFailed",
		"PlaybackController.PlayCommandIssued", "PlaybackController.PauseCommandIssued",
		"PlaybackController.NextCommandIssued", "PlaybackController.PreviousCommandIssued",
		"AlexaSkillEvent.SkillEnabled", "AlexaSkillEvent.SkillDisabled",
	}
}

// A stateCollector reads the state of feeds and certificates at each scrape.
type stateCollector struct{ server *Server }

// Describe sends no descriptions, so that the registry accepts different metrics at each call of Collect.
func (c *stateCollector) Describe(chan<- *prometheus.Desc) {}

// Collect sends the current state of feeds, certificates and self-checks to out.
func (c *stateCollector) Collect(out chan<- prometheus.Metric) {
	for _, seen := range c.server.Faults.Seen() {
		desc := prometheus.NewDesc("lastpost_faults_total", "Faults that came from outside, by kind. Skill is empty if none is concerned.",
			[]string{"kind", "skill"}, nil)
		out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(seen.Count), seen.Kind, seen.Skill)
	}
	emit := func(kind prometheus.ValueType, name, help string, value float64, skill ...string) {
		desc := prometheus.NewDesc("lastpost_"+name, help, []string{"skill"}[:len(skill)], nil)
		out <- prometheus.MustNewConstMetric(desc, kind, value, skill...)
	}
	const gauge, counter = prometheus.GaugeValue, prometheus.CounterValue
	for _, skill := range c.server.current.Load().Skills {
		feed, fetched, name := skill.Feed(), "the last successful fetch of the feed, changed or not. Absent: never.", skill.Name
		emit(gauge, "feed_posts", "Posts available for answers.", float64(feed.Posts), name)
		emit(gauge, "feed_size_bytes", "Size of the last feed document.", float64(feed.Size), name)
		emit(gauge, "feed_items", "Items in the last feed document.", float64(feed.Items), name)
		failed := 0.0
		if feed.OlderPosts != "" {
			failed = 1
			emit(gauge, "backfill_next_attempt_timestamp_seconds", "When the service tries again to fetch older posts. Absent: no failure.",
				float64(feed.OlderPostsRetry.Unix()), name)
		}
		emit(gauge, "backfill_failed", "1 if older posts cannot be fetched, otherwise 0.", failed, name)
		if last := feed.LastSuccess; !last.IsZero() {
			emit(gauge, "feed_age_seconds", "Time since "+fetched, c.server.Now().Sub(last).Seconds(), name)
			emit(gauge, "feed_last_success_timestamp_seconds", "Time of "+fetched, float64(last.Unix()), name)
		}
		if !feed.Newest.IsZero() {
			emit(gauge, "feed_newest_post_timestamp_seconds", "Publication time of the newest post. Absent: no posts, or unknown.",
				float64(feed.Newest.Unix()), name)
		}
		emit(counter, "feed_polls_total", "Polls of the feed.", float64(feed.Polls), name)
		emit(counter, "feed_failures_total", "Polls of the feed that failed.", float64(feed.Failures), name)
	}
	emit(counter, "tls_probes_total", "TLS connections that ended without a request and without a fault: port scanners, health checks.",
		float64(c.server.tlsProbes.Load()))
	emit(counter, "trials_total", "Requests of the inspector's test form. Other metrics do not count them.",
		float64(c.server.testRequests.Load()))
	selfcheck.Collect(out, c.server.checkStates())
	if states := c.server.CertificateStates(); len(states) > 0 {
		first := slices.MinFunc(states, func(a, b CertificateState) int { return a.NotAfter.Compare(b.NotAfter) })
		emit(gauge, "certificate_not_after_timestamp_seconds", "When the certificate of the public listener expires; "+
			"with several, the earliest. 0: one is not issued yet. Absent: none is needed.", float64(max(0, first.NotAfter.Unix())))
	}
}
