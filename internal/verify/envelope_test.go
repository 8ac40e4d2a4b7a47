package verify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/verify"
)

func TestCheckTimestamp(t *testing.T) {
	const launch, event = "LaunchRequest", "AlexaSkillEvent.SkillDisabled"
	at := func(d time.Duration) string { return now.Add(d).Format(time.RFC3339) }
	for _, row := range []struct {
		claim, requestType, timestamp string
		want                          verify.Rule
	}{
		{"now", launch, at(0), accepted},
		{"with a fraction", launch, "2026-03-14T15:09:26.535Z", accepted},
		{"in another zone", launch, "2026-03-14T16:09:26+01:00", accepted},
		{"150 s behind", launch, at(-150 * time.Second), accepted},
		{"150 s ahead", launch, at(150 * time.Second), accepted},
		{"151 s behind", launch, at(-151 * time.Second), verify.Timestamp},
		{"151 s ahead", launch, at(151 * time.Second), verify.Timestamp},
		{"a skill event, an hour behind", event, at(-time.Hour), accepted},
		{"a skill event, an hour ahead", event, at(time.Hour), accepted},
		{"a skill event, more than an hour behind", event, at(-time.Hour - time.Second), verify.Timestamp},
		{"a skill event, more than an hour ahead", event, at(time.Hour + time.Second), verify.Timestamp},
		{"an hour behind, type only contains the event prefix", "X.AlexaSkillEvent.", at(-time.Hour), verify.Timestamp},
		{"another year", launch, "2016-03-14T15:09:26Z", verify.Timestamp},
		{"the earliest time", launch, "0001-01-01T00:00:00Z", verify.Timestamp},
		{"the latest time", launch, "9999-12-31T23:59:59Z", verify.Timestamp},
		{"missing", launch, "", verify.Timestamp},
		{"seconds since 1970", launch, "1773500966", verify.Timestamp},
		{"without a zone", launch, "2026-03-14T15:09:26", verify.Timestamp},
		{"garbage", launch, "now", verify.Timestamp},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.want, verify.RuleOf(verify.CheckTimestamp(row.requestType, row.timestamp, now)))
		})
	}
}

func TestCheckApplicationID(t *testing.T) {
	const mine, other = "amzn1.ask.skill.mine", "amzn1.ask.skill.other"
	for _, row := range []struct {
		claim, want, context string
		session              []string
		rule                 verify.Rule
	}{
		{"both match", mine, mine, []string{mine}, accepted},
		{"no session", mine, mine, nil, accepted},
		{"both are of another skill", mine, other, []string{other}, verify.ApplicationID},
		{"another skill in the context", mine, other, []string{mine}, verify.ApplicationID},
		{"another skill in the session", mine, mine, []string{other}, verify.ApplicationID},
		{"none in the context", mine, "", []string{mine}, verify.ApplicationID},
		{"none in the session", mine, mine, []string{""}, verify.ApplicationID},
		{"none at all", mine, "", nil, verify.ApplicationID},
		{"in capitals", mine, "AMZN1.ASK.SKILL.MINE", nil, verify.ApplicationID},
		{"a service without an ID refuses everything", "", "", []string{""}, verify.ApplicationID},
	} {
		t.Run(row.claim, func(t *testing.T) {
			require.Equal(t, row.rule, verify.RuleOf(verify.CheckApplicationID(row.want, row.context, row.session...)))
		})
	}
}
