package rollout

import (
	"cmp"
	"context"
	"strings"

	"lastpost/internal/assembly"
	"lastpost/internal/smapi/deployment"
)

func (r *Run) printResult(p *assembly.SkillPackage, result deployment.Result) {
	for _, w := range result.Warnings {
		r.printf("warning of Amazon: %s", strings.Join(strings.Fields(w.Resource+" "+w.Path+" "+w.Message), " "))
	}
	if r.DryRun {
		r.printChanges("changed at Amazon since the last run", result.Edits)
		r.printChanges("would change", result.Changes)
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

func (r *Run) printChanges(what string, changes []deployment.Change) {
	for _, c := range changes {
		r.printf("%s: %s, %s: %s -> %s", what, c.Document, c.Path, cmp.Or(c.Old, "nothing"), cmp.Or(c.New, "nothing"))
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
	return nil
}

func (r *Run) printOutcome(way string, o deployment.Outcome) {
	if !o.OK {
		r.printf("%s: failed, which does not prove a fault of the skill: %s", way, o.Cause)
		return
	}
	r.printf("%s: Amazon called %s with %s, and Alexa said: %q", way, cmp.Or(o.Endpoint, "the endpoint"), cmp.Or(o.Intent, "a request"), o.Speech)
}
