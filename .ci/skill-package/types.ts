// Amazon's types from which check.js makes schemas: the imported files and the service's responses.
import { ResponseEnvelope } from 'ask-sdk-model';
import { v1 } from 'ask-smapi-model';

export type Manifest = v1.skill.Manifest.SkillManifestEnvelope;
export type Model = v1.skill.interactionModel.InteractionModelData;
export type Answer = ResponseEnvelope;
