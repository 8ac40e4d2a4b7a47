package rollout

import (
	"cmp"
	"context"

	"lastpost/internal/assembly"
	"lastpost/internal/smapi/deployment"
)

func (r *Run) printResult(p *assembly.SkillPackage, result deployment.Report) {
	if r.DryRun {
		r.printPlan(result)
		return
	}
	if result.Imported { // an earlier run that was killed has perhaps written the id, and not asked for a reload
		r.requestReload(false)
	}
	if result.Created {
		r.printf("check the privacy answers in Amazon's console, because they are given in your name")
	}
	for _, opening := range p.Openings {
		if len(p.Openings) == 1 {
			r.printf("Say: %q", opening.Phrase)
		} else {
			r.printf("Say in %s: %q", opening.Locale, opening.Phrase)
		}
	}
}

// printPlan prints what a run would do.
func (r *Run) printPlan(result deployment.Report) {
	r.printChanges("changed at Amazon since the last run", result.Edits)
	r.printChanges("would change", result.Changes)
	for _, step := range []struct {
		planned bool
		text    string
	}{
		{result.Certificate, "would upload the self-signed certificate"},
		{result.AccountLinking, "would set the account-linking client"},
		{result.Imported, "would import the package"},
		{result.Enabled, "would enable the skill for testing"},
		{!result.Imported, "the package at Amazon is up to date"},
	} {
		if step.planned {
			r.printf("%s", step.text)
		}
	}
	if len(result.Edits) > 0 && !r.Force {
		r.printf("a run would stop because of the changes at Amazon: --force overwrites them")
	}
}

func (r *Run) printChanges(what string, changes []deployment.DocumentChange) {
	for _, c := range changes {
		r.printf("%s: %s", what, c)
	}
}

// trySkill lets Amazon call the skill. A failure does not prove a fault, so it is not an error.
func (r *Run) trySkill(ctx context.Context) error {
	result, err := deployment.Try(ctx, r.client, deployment.TrySpec{
		SkillID: r.Skill.ApplicationID, Locale: r.Skill.Locales[0], Text: r.Words, Progress: r.progress, Timing: r.Timing,
	})
	if err != nil {
		return err
	}
	r.printOutcome("simulation", result.Simulation)
	r.printOutcome("invocation", result.Invocation)
	switch {
	case result.Simulation.OK:
		r.printf("this proves that the skill works: model, certificate, DNS, endpoint and id")
	case result.Invocation.OK:
		r.printf("this proves that the endpoint works: certificate, DNS, path and id")
	}
	return nil
}

func (r *Run) printOutcome(way string, o deployment.TrialOutcome) {
	if !o.OK {
		r.printf("%s: failed, which does not prove a fault of the skill: %s", way, o.Cause)
		return
	}
	request, endpoint := cmp.Or(o.Request, "request"), cmp.Or(o.Endpoint, "the endpoint")
	r.printf("%s: Amazon sent a %s to %s, and Alexa said: %q", way, request, endpoint, o.Speech)
}
