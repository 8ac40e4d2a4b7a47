package server

import (
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are of one server: there is no global registry. Every label has a bounded number of values, whatever is sent.
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
				"Type and intent are empty for what was not verified.",
		}, []string{"skill", "type", "intent", "outcome"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lastpost_refusals_total",
			Help: "Refused requests by skill and by the rule that they broke.",
		}, []string{"skill", "rule"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "lastpost_request_duration_seconds",
			Help:    "From the header's end to the answer's, by skill. Alexa gives up after some 8 s.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .1, .5, 1, 2.5, 5, 10},
		}, []string{"skill"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "lastpost_build_info", Help: "1, by version.", ConstLabels: prometheus.Labels{"version": s.Version},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.refusals, m.duration, build, &state{server: s},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) count(skill *Skill, x *exchange) {
	outcome := "answered"
	switch {
	case x.Status >= http.StatusInternalServerError:
		outcome = "failed"
	case x.Err != nil:
		outcome = "refused"
		m.refusals.WithLabelValues(skill.Name, x.Rule).Inc()
	}
	kind, intent := label(x.Request.Type, requestTypes()), label(x.Request.Intent.Name, skill.Intents)
	m.requests.WithLabelValues(skill.Name, kind, intent, outcome).Inc()
	m.duration.WithLabelValues(skill.Name).Observe(x.took().Seconds())
}

// forget removes what was counted of skills that are there no more.
func (m *metrics) forget(last, next []Skill) {
	for _, skill := range last {
		if slices.ContainsFunc(next, func(other Skill) bool { return other.Name == skill.Name }) {
			continue
		}
		of := prometheus.Labels{"skill": skill.Name}
		m.requests.DeletePartialMatch(of)
		m.refusals.DeletePartialMatch(of)
		m.duration.DeletePartialMatch(of)
	}
}

// label keeps the number of a label's values bounded.
func label(value string, known []string) string {
	if value == "" || slices.Contains(known, value) {
		return value
	}
	return "other"
}

func requestTypes() []string {
	return []string{
		"LaunchRequest", "IntentRequest", "CanFulfillIntentRequest", "SessionEndedRequest", "System.ExceptionEncountered",
		"Alexa.Presentation.APL.UserEvent", "AudioPlayer.PlaybackStarted", "AudioPlayer.PlaybackFinished",
		"AudioPlayer.PlaybackStopped", "AudioPlayer.PlaybackNearlyFinished", "AudioPlayer.PlaybackFailed",
		"PlaybackController.PlayCommandIssued", "PlaybackController.PauseCommandIssued",
		"PlaybackController.NextCommandIssued", "PlaybackController.PreviousCommandIssued",
		"AlexaSkillEvent.SkillEnabled", "AlexaSkillEvent.SkillDisabled",
	}
}

// state collects what is true at the moment of asking: the feeds and the certificate.
type state struct{ server *Server }

// describe describes a gauge or counter that Collect gives.
func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("lastpost_"+name, help, labels, nil)
}

var (
	feedPosts       = describe("feed_posts", "Posts to answer from.", "skill")
	feedSize        = describe("feed_size_bytes", "Size of the feed's last answer.", "skill")
	feedAge         = describe("feed_age_seconds", "Time since the feed was last fetched, or found unchanged. Absent: never.", "skill")
	feedLastSuccess = describe("feed_last_success_timestamp_seconds",
		"When the feed was last fetched, or found unchanged. Absent: never.", "skill")
	feedNewest     = describe("feed_newest_post_timestamp_seconds", "When the newest post was published. Absent: no posts.", "skill")
	feedPolls      = describe("feed_polls_total", "Polls of the feed.", "skill")
	feedFailures   = describe("feed_failures_total", "Polls of the feed that failed.", "skill")
	trialsMade     = describe("trials_total", "Requests of the inspector's own form, which count nowhere else.")
	certificateEnd = describe("certificate_not_after_timestamp_seconds",
		"When the certificate of the public listener ends; of several the first to end. "+
			"0: there is one yet to come. Absent: none is needed.")
)

// Describe names nothing, by which the registry knows that Collect gives different metrics at different moments.
func (c *state) Describe(chan<- *prometheus.Desc) {}

// Collect reads the state.
func (c *state) Collect(out chan<- prometheus.Metric) {
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	for _, skill := range c.server.current.Load().Skills {
		feed := skill.Feed()
		gauge(feedPosts, float64(feed.Posts), skill.Name)
		gauge(feedSize, float64(feed.Size), skill.Name)
		if !feed.LastSuccess.IsZero() {
			gauge(feedAge, c.server.Now().Sub(feed.LastSuccess).Seconds(), skill.Name)
			gauge(feedLastSuccess, float64(feed.LastSuccess.Unix()), skill.Name)
		}
		if !feed.Newest.IsZero() {
			gauge(feedNewest, float64(feed.Newest.Unix()), skill.Name)
		}
		out <- prometheus.MustNewConstMetric(feedPolls, prometheus.CounterValue, float64(feed.Polls), skill.Name)
		out <- prometheus.MustNewConstMetric(feedFailures, prometheus.CounterValue, float64(feed.Failures), skill.Name)
	}
	out <- prometheus.MustNewConstMetric(trialsMade, prometheus.CounterValue, float64(c.server.trials.Load()))
	if states := c.server.CertificateStates(); len(states) > 0 {
		first := slices.MinFunc(states, func(a, b CertificateState) int { return a.NotAfter.Compare(b.NotAfter) })
		gauge(certificateEnd, float64(max(0, first.NotAfter.Unix())))
	}
}
