/** What `look` with details tells of schemas at most (protocol.md section 5.1), lengths in UTF-16 units. */
export const DESCRIPTION_BOUNDS = Object.freeze({
  vendorLength: 64,
  /** Of one schema. */
  schemaLength: 65_536,
  /** Of all schemas of an object together. */
  schemasLength: 262_144,
  /** How deep the arrays and objects of a schema nest. */
  schemaDepth: 256,
});
