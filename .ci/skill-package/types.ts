// The types of Amazon's that are made into schemas: of what is imported, and of what is answered.
import { ResponseEnvelope } from 'ask-sdk-model';
import { v1 } from 'ask-smapi-model';

export type Manifest = v1.skill.Manifest.SkillManifestEnvelope;
export type Model = v1.skill.interactionModel.InteractionModelData;
export type Answer = ResponseEnvelope;
