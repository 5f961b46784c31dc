// @ts-check
import { newId } from "../client/outbox.js";

/** A UUID as the server writes one: what was saved under it is found again by it. */
export const newUuid = () =>
  (newId() + newId().slice(0, 8)).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
