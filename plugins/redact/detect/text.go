package detect

// texts are the detectors of what is not a number.
var texts = [...]detector{
	email,
	ipv4, ipv6, mac,
	jwt, apiKey, privateKey, password, secret,
	personName, streetAddress, postalCode, city,
	medicalRecord, healthPlan, accountNumber, licenseNumber, vehicleID, deviceID,
}
